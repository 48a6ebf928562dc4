// Batch normalization with or without ReLU behind it: each channel to mean 0 and variance 1 over the batch.
//
// y = f(scale (x - mean) / sqrt(variance + epsilon) + bias). Examples whose `real` is 0 only fill up the batch: they are
// normalized like the others and change no statistics.
#pragma once

#include <cmath>
#include <vector>

#include "threads.h"

namespace lamina {

struct Normalization {
  Index batch, places, channels;  // places of an example
  const float* real;              // (batch,)
  float epsilon;
  bool relu;

  Index example() const { return places * channels; }
  // Examples that are one item of work: enough of them that it is worth a thread, few enough for the cache.
  Index together() const { return std::max<Index>(1, 16384 / std::max<Index>(1, example())); }
  Index items() const { return (batch + together() - 1) / together(); }
};

// Short rows are summed several at a time, so that they fill whole vectors.
inline Index wide(Index channels) { return std::max<Index>(1, 64 / channels) * channels; }

// sums[channel] += term(position, place) over `count` positions; place = position modulo the wide row.
template <class Term>
inline void add_columns(Index count, Index channels, float* sums, const Term& term) {
  const Index width = wide(channels);
  std::vector<float> partial(static_cast<std::size_t>(width), 0.0f);
  float* sum = partial.data();
  Index start = 0;
  for (; start + width <= count; start += width) {
#pragma GCC ivdep
    for (Index e = 0; e < width; e++) sum[e] += term(start + e, e);
  }
  for (Index e = 0; start + e < count; e++) sum[e] += term(start + e, e);
  for (Index e = 0; e < width; e++) sums[e % channels] += sum[e];
}

inline std::vector<float> repeated(const float* values, Index channels) {
  std::vector<float> row(static_cast<std::size_t>(wide(channels)));
  for (std::size_t e = 0; e < row.size(); e++) row[e] = values[e % static_cast<std::size_t>(channels)];
  return row;
}

// Mean and sum of squared deviations of some examples, to be joined with those of others.
struct Moments {
  double count = 0;
  std::vector<double> mean, squares;

  explicit Moments(Index channels) : mean(channels, 0.0), squares(channels, 0.0) {}
  void join(double more, const float* other_mean, const float* other_squares) {  // Chan et al. (1979)
    if (more == 0) return;
    const double total = count + more;
    for (std::size_t e = 0; e < mean.size(); e++) {
      const double apart = other_mean[e] - mean[e];
      mean[e] += apart * more / total;
      squares[e] += other_squares[e] + apart * apart * count * more / total;
    }
    count = total;
  }
};

inline void batch_statistics(Pool& pool, const Normalization& n, const float* x, float* mean, float* variance) {
  const Index c = n.channels, items = n.items();
  std::vector<float> found(static_cast<std::size_t>(items * 2 * c), 0.0f);
  std::vector<double> counts(static_cast<std::size_t>(items), 0.0);
  parallel_for(pool, items, [&](Index item) {
    float *own = &found[item * 2 * c], *squares = own + c;
    const Index first = item * n.together(), last = std::min(n.batch, first + n.together());
    double count = 0;
    for (Index i = first; i < last; i++) {
      if (n.real[i] == 0.0f) continue;
      const float* from = x + i * n.example();
      add_columns(n.example(), c, own, [&](Index at, Index) { return from[at]; });
      count += static_cast<double>(n.places);
    }
    counts[item] = count;
    if (count == 0) return;
    for (Index e = 0; e < c; e++) own[e] /= static_cast<float>(count);
    const std::vector<float> middle = repeated(own, c);
    for (Index i = first; i < last; i++) {
      if (n.real[i] == 0.0f) continue;
      const float *from = x + i * n.example(), *m = middle.data();
      add_columns(n.example(), c, squares, [&](Index at, Index e) { return (from[at] - m[e]) * (from[at] - m[e]); });
    }
  });
  Moments all(c);
  for (Index item = 0; item < items; item++) all.join(counts[item], &found[item * 2 * c], &found[item * 2 * c + c]);
  for (Index e = 0; e < c; e++) {
    mean[e] = static_cast<float>(all.mean[e]);
    variance[e] = static_cast<float>(all.squares[e] / std::max(1.0, all.count));
  }
}

inline void batch_norm(Pool& pool, const Normalization& n, const float* x, const float* scale, const float* bias,
                       float* y, float* mean, float* variance) {
  batch_statistics(pool, n, x, mean, variance);
  std::vector<float> factors(static_cast<std::size_t>(n.channels)), shifts(factors.size());
  for (Index e = 0; e < n.channels; e++) {
    factors[e] = scale[e] / std::sqrt(variance[e] + n.epsilon);
    shifts[e] = bias[e] - mean[e] * factors[e];
  }
  const std::vector<float> wide_factors = repeated(factors.data(), n.channels);
  const std::vector<float> wide_shifts = repeated(shifts.data(), n.channels);
  const Index width = wide(n.channels), size = n.batch * n.example(), step = std::max<Index>(1, 16384 / width) * width;
  const float *f = wide_factors.data(), *s = wide_shifts.data(), least = n.relu ? 0.0f : -INFINITY;
  parallel_for(pool, (size + step - 1) / step, [&](Index item) {
    const Index last = std::min(size, (item + 1) * step);
    for (Index start = item * step; start < last; start += width) {
      const float* from = x + start;
      float* to = y + start;
      const Index count = std::min(width, last - start);
#pragma GCC ivdep
      for (Index e = 0; e < count; e++) {
        const float z = from[e] * f[e] + s[e];
        to[e] = z < least ? least : z;  // NaN stays NaN
      }
    }
  });
}

// dx, and the gradients of scale and bias. `y` tells where ReLU let through.
inline void batch_norm_gradient(Pool& pool, const Normalization& n, const float* dy, const float* x, const float* y,
                                const float* scale, const float* mean, const float* variance, float* dx, float* dscale,
                                float* dbias) {
  const Index c = n.channels, items = n.items(), width = wide(c);
  std::vector<float> found(static_cast<std::size_t>(items * 2 * c), 0.0f);
  const std::vector<float> middle = repeated(mean, c);
  const float* m = middle.data();
  const bool relu = n.relu;
  parallel_for(pool, items, [&](Index item) {
    const Index first = item * n.together(), last = std::min(n.batch, first + n.together());
    const Index from = first * n.example(), count = (last - first) * n.example();
    const float *d = dy + from, *in = x + from, *out = y + from;
    float* own = &found[item * 2 * c];
    add_columns(count, c, own, [&](Index at, Index) { return !relu || out[at] > 0.0f ? d[at] : 0.0f; });
    // Chosen, not multiplied by 0: an example that only fills up the batch may hold anything, even NaN.
    add_columns(count, c, own + c, [&](Index at, Index e) {
      const bool counts = d[at] != 0.0f && (!relu || out[at] > 0.0f);
      return counts ? d[at] * (in[at] - m[e]) : 0.0f;
    });
  });
  double real = 0;
  for (Index i = 0; i < n.batch; i++) real += n.real[i] != 0.0f ? static_cast<double>(n.places) : 0.0;
  real = std::max(1.0, real);
  std::vector<float> direct(static_cast<std::size_t>(c)), slope(direct.size()), shift(direct.size());
  for (Index e = 0; e < c; e++) {
    double sum = 0, product = 0;
    for (Index item = 0; item < items; item++) sum += found[item * 2 * c + e], product += found[item * 2 * c + c + e];
    const double inverse = 1.0 / std::sqrt(static_cast<double>(variance[e]) + n.epsilon);
    dbias[e] = static_cast<float>(sum);
    dscale[e] = static_cast<float>(product * inverse);
    direct[e] = static_cast<float>(scale[e] * inverse);
    slope[e] = static_cast<float>(-scale[e] * inverse * inverse * inverse * product / real);
    shift[e] = static_cast<float>(-scale[e] * inverse * sum / real - slope[e] * mean[e]);
  }
  const std::vector<float> wide_direct = repeated(direct.data(), c), wide_slope = repeated(slope.data(), c);
  const std::vector<float> wide_shift = repeated(shift.data(), c);
  const float *a = wide_direct.data(), *b = wide_slope.data(), *k = wide_shift.data();
  parallel_for(pool, n.batch, [&](Index i) {
    const Index from = i * n.example();
    const bool counted = n.real[i] != 0.0f;
    for (Index start = 0; start < n.example(); start += width) {
      const float *d = dy + from + start, *in = x + from + start, *out = y + from + start;
      float* to = dx + from + start;
      const Index count = std::min(width, n.example() - start);
      if (counted) {
#pragma GCC ivdep
        for (Index e = 0; e < count; e++) {
          const float passed = !relu || out[e] > 0.0f ? d[e] : 0.0f;
          to[e] = a[e] * passed + (b[e] * in[e] + k[e]);
        }
      } else {
#pragma GCC ivdep
        for (Index e = 0; e < count; e++) to[e] = !relu || out[e] > 0.0f ? a[e] * d[e] : 0.0f;
      }
    }
  });
}

}  // namespace lamina
