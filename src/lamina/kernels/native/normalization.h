// Batch normalization with or without ReLU behind it: each channel to mean 0 and variance 1 over the batch.
//
// y = f(scale (x - mean) / sqrt(variance + epsilon) + bias + added). Examples whose `real` is 0 only fill up the batch: they are
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

// Rows are taken several together where they are short, so that they fill whole vectors: `wide` numbers, in which each
// channel comes as often as there are rows together.
inline Index wide(Index channels) { return std::max<Index>(1, 64 / channels) * channels; }

inline std::vector<float> repeated(const float* values, Index channels) {
  std::vector<float> row(static_cast<std::size_t>(wide(channels)));
  for (std::size_t e = 0; e < row.size(); e++) row[e] = values[e % static_cast<std::size_t>(channels)];
  return row;
}

// body(start, length) for each wide row of `count` numbers; the last one may be shorter.
template <class Body>
inline void in_rows(Index count, Index width, const Body& body) {
  for (Index start = 0; start < count; start += width) body(start, std::min(width, count - start));
}

// sums[channel] += what a wide row holds for it.
inline void fold(const std::vector<float>& row, Index channels, float* sums) {
  for (std::size_t e = 0; e < row.size(); e++) sums[static_cast<Index>(e) % channels] += row[e];
}

inline void add_sums(const float* x, Index count, std::vector<float>& sums) {
  float* to = sums.data();
  in_rows(count, static_cast<Index>(sums.size()), [=](Index start, Index length) {
    in_vectors(length, [=](Index e, Index n) { store_some(to + e, load_some(to + e, n) + load_some(x + start + e, n), n); });
  });
}

// sums += x - mean, squares += (x - mean)^2.
inline void add_squares(const float* x, Index count, const std::vector<float>& mean, std::vector<float>& sums,
                        std::vector<float>& squares) {
  float *to = sums.data(), *to_squares = squares.data();
  const float* m = mean.data();
  in_rows(count, static_cast<Index>(sums.size()), [=](Index start, Index length) {
    in_vectors(length, [=](Index e, Index n) {
      const Vector<kLanes> apart = load_some(x + start + e, n) - load_some(m + e, n);
      store_some(to + e, load_some(to + e, n) + apart, n);
      store_some(to_squares + e, load_some(to_squares + e, n) + apart * apart, n);
    });
  });
}

// Mean and sum of squared deviations of some examples, to be joined with those of others.
struct Moments {
  double count = 0;
  std::vector<double> mean, squares;

  explicit Moments(Index channels) : mean(channels, 0.0), squares(channels, 0.0) {}
  // `about`: a mean that was rounded; `sums` and `others`: of the deviations from it, and of their squares.
  // Chan et al. (1979), with what rounding left (Neely, 1966).
  void join(double more, const float* about, const float* sums, const float* others) {
    if (more == 0) return;
    const double total = count + more;
    for (std::size_t e = 0; e < mean.size(); e++) {
      const double left = sums[e] / more, apart = about[e] + left - mean[e];
      mean[e] += apart * more / total;
      squares[e] += others[e] - left * left * more + apart * apart * count * more / total;
    }
    count = total;
  }
};

inline Moments batch_statistics(Pool& pool, const Normalization& n, const float* x) {
  const Index c = n.channels, items = n.items();
  std::vector<float> found(static_cast<std::size_t>(items * 3 * c), 0.0f);  // about, sums, squares of each item
  std::vector<double> counts(static_cast<std::size_t>(items), 0.0);
  parallel_for(pool, items, [&](Index item) {
    float* own = &found[item * 3 * c];
    const Index first = item * n.together(), last = std::min(n.batch, first + n.together());
    double count = 0;
    std::vector<float> sums(static_cast<std::size_t>(wide(c)), 0.0f);
    for (Index i = first; i < last; i++) {
      if (n.real[i] == 0.0f) continue;
      add_sums(x + i * n.example(), n.example(), sums);
      count += static_cast<double>(n.places);
    }
    counts[item] = count;
    if (count == 0) return;
    fold(sums, c, own);
    for (Index e = 0; e < c; e++) own[e] /= static_cast<float>(count);
    const std::vector<float> middle = repeated(own, c);
    std::vector<float> squares(sums.size(), 0.0f);
    std::fill(sums.begin(), sums.end(), 0.0f);
    for (Index i = first; i < last; i++)
      if (n.real[i] != 0.0f) add_squares(x + i * n.example(), n.example(), middle, sums, squares);
    fold(sums, c, own + c);
    fold(squares, c, own + 2 * c);
  });
  Moments all(c);
  for (Index item = 0; item < items; item++) {
    const float* own = &found[item * 3 * c];
    all.join(counts[item], own, own + c, own + 2 * c);
  }
  return all;
}

// `added` may be null.
inline void batch_norm(Pool& pool, const Normalization& n, const float* x, const float* scale, const float* bias,
                       const float* added, float* y, float* mean, float* variance) {
  const Moments all = batch_statistics(pool, n, x);
  std::vector<float> factors(static_cast<std::size_t>(n.channels)), biases(factors.size());
  for (Index e = 0; e < n.channels; e++) {
    const double spread = all.squares[e] / std::max(1.0, all.count), factor = scale[e] / std::sqrt(spread + n.epsilon);
    mean[e] = static_cast<float>(all.mean[e]);
    variance[e] = static_cast<float>(spread);
    factors[e] = static_cast<float>(factor);
    biases[e] = static_cast<float>(bias[e] - (all.mean[e] - mean[e]) * factor);  // what rounding the mean leaves
  }
  const std::vector<float> wide_factors = repeated(factors.data(), n.channels);
  const std::vector<float> wide_mean = repeated(mean, n.channels), wide_bias = repeated(biases.data(), n.channels);
  const float *f = wide_factors.data(), *m = wide_mean.data(), *b = wide_bias.data();
  const Index width = wide(n.channels);
  const Vector<kLanes> least = Vector<kLanes>{} + (n.relu ? 0.0f : -INFINITY);
  parallel_for(pool, n.items(), [=](Index item) {
    const Index first = item * n.together(), last = std::min(n.batch, first + n.together());
    const float* from = x + first * n.example();
    const float* more = added == nullptr ? nullptr : added + first * n.example();
    float* to = y + first * n.example();
    in_rows((last - first) * n.example(), width, [=](Index start, Index length) {
      in_vectors(length, [=](Index e, Index count) {
        const Vector<kLanes> apart = load_some(from + start + e, count) - load_some(m + e, count);
        Vector<kLanes> z = apart * load_some(f + e, count) + load_some(b + e, count);
        if (more != nullptr) z += load_some(more + start + e, count);
        store_some(to + start + e, z < least ? least : z, count);  // NaN stays NaN
      });
    });
  });
}

// What came through ReLU: the gradient where the result is positive, or all of it.
struct Passed {
  const float* dy;
  const float* y;
  bool relu;

  Vector<kLanes> operator()(Index at, Index count) const {
    const Vector<kLanes> d = load_some(dy + at, count);
    return relu ? (load_some(y + at, count) > Vector<kLanes>{} ? d : Vector<kLanes>{}) : d;
  }
};

// sums[0] += what came through, sums[1] += that times x - mean.
inline void add_gradients(const Passed& passed, const float* x, Index count, const std::vector<float>& mean,
                          std::vector<float>& direct, std::vector<float>& product) {
  float *to = direct.data(), *to_product = product.data();
  const float* m = mean.data();
  in_rows(count, static_cast<Index>(mean.size()), [=](Index start, Index length) {
    in_vectors(length, [=](Index e, Index n) {
      const Vector<kLanes> d = passed(start + e, n), apart = load_some(x + start + e, n) - load_some(m + e, n);
      store_some(to + e, load_some(to + e, n) + d, n);
      // Chosen, not multiplied by 0: an example that only fills up the batch may hold anything, even NaN.
      const Vector<kLanes> more = d != Vector<kLanes>{} ? d * apart : Vector<kLanes>{};
      store_some(to_product + e, load_some(to_product + e, n) + more, n);
    });
  });
}

// dx, and the gradients of scale, bias and what was added (where that is not null). `y` tells where ReLU let through.
inline void batch_norm_gradient(Pool& pool, const Normalization& n, const float* dy, const float* x, const float* y,
                                const float* scale, const float* mean, const float* variance, float* dx, float* dscale,
                                float* dbias, float* dadded) {
  const Index c = n.channels, items = n.items(), width = wide(c);
  std::vector<float> found(static_cast<std::size_t>(items * 2 * c), 0.0f);
  const std::vector<float> middle = repeated(mean, c);
  parallel_for(pool, items, [&](Index item) {
    const Index first = item * n.together(), last = std::min(n.batch, first + n.together());
    const Index from = first * n.example();
    std::vector<float> direct(middle.size(), 0.0f), product(middle.size(), 0.0f);
    add_gradients({dy + from, y + from, n.relu}, x + from, (last - first) * n.example(), middle, direct, product);
    fold(direct, c, &found[item * 2 * c]);
    fold(product, c, &found[item * 2 * c + c]);
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
    shift[e] = static_cast<float>(-scale[e] * inverse * sum / real);
  }
  const std::vector<float> wide_direct = repeated(direct.data(), c), wide_slope = repeated(slope.data(), c);
  const std::vector<float> wide_shift = repeated(shift.data(), c);
  const float *a = wide_direct.data(), *b = wide_slope.data(), *k = wide_shift.data(), *m = middle.data();
  parallel_for(pool, n.batch, [=](Index i) {
    const Passed passed{dy + i * n.example(), y + i * n.example(), n.relu};
    const float* from = x + i * n.example();
    float* to = dx + i * n.example();
    float* beside = dadded == nullptr ? nullptr : dadded + i * n.example();
    const bool counted = n.real[i] != 0.0f;
    in_rows(n.example(), width, [=](Index start, Index length) {
      in_vectors(length, [=](Index e, Index count) {
        const Vector<kLanes> through = passed(start + e, count);
        if (beside != nullptr) store_some(beside + start + e, through, count);
        Vector<kLanes> d = load_some(a + e, count) * through;
        if (counted) {
          const Vector<kLanes> apart = load_some(from + start + e, count) - load_some(m + e, count);
          d += load_some(b + e, count) * apart + load_some(k + e, count);
        }
        store_some(to + start + e, d, count);
      });
    });
  });
}

}  // namespace lamina
