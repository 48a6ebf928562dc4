// Convolution, bias, ReLU and the largest of windows of 2 x 2 places in one: only the largest numbers are written, and
// which of the four places each one stood at. On the way back the gradient of the convolution is made anew, a picture
// at a time, in memory that stays in the cache.
#pragma once

#include "convolution.h"

namespace lamina {

// The largest of four places, and which: 0 1 above, 2 3 below. Equal ones: the first.
inline void largest_of_four(const float* above, const float* below, Index channels, float* y, std::uint8_t* place) {
  using V = Vector<kLanes>;
  Index e = 0;
  for (; e + kLanes <= channels; e += kLanes) {
    const V a = load<kLanes>(above + e), b = load<kLanes>(above + channels + e);
    const V c = load<kLanes>(below + e), d = load<kLanes>(below + channels + e);
    const Integers first = -(b > a), second = 2 - (d > c), lower = (c > d ? c : d) > (a > b ? a : b);
    const V upper = a > b ? a : b, under = c > d ? c : d;
    store<kLanes>(y + e, lower ? under : upper);
    *reinterpret_cast<Bytes*>(place + e) = __builtin_convertvector((lower & second) | (~lower & first), Bytes);
  }
  for (; e < channels; e++) {
    const float a = above[e], b = above[channels + e], c = below[e], d = below[channels + e];
    const float upper = a > b ? a : b, under = c > d ? c : d;
    y[e] = under > upper ? under : upper;
    place[e] = static_cast<std::uint8_t>(under > upper ? 2 + (d > c) : (b > a));
  }
}

inline void convolve_and_pool(Pool& pool, const Convolution& c, const float* x, const float* weights, const float* bias,
                              float* y, std::uint8_t* place) {
  const Tiling tiling(c.filters);
  const Index inputs = c.filter_height * c.run(), covered = tiling.covered(), row = c.columns * c.filters;
  float* packed = scratch(kPacked, (inputs + 1) * covered);
  float* whole_bias = packed + inputs * covered;
  pack(weights, inputs, c.filters, tiling, packed);
  std::fill_n(std::copy_n(bias, c.filters, whole_bias), covered - c.filters, 0.0f);
  const Index rows = c.rows / 2, columns = c.columns / 2;
  const Index step = std::max<Index>(1, rows_in_cache(c) / 2), parts = (rows + step - 1) / step;
  parallel_for(pool, c.batch * parts, [&](Index item) {
    const Index image = item / parts, first = item % parts * step, count = std::min(step, rows - first);
    float* places = scratch(kGradient, 2 * count * row);
    Pass pass = forward_pass(c, x + image * c.input_size(), packed, 2 * first, 2 * count, places);
    pass.bias = whole_bias;
    pass.relu = true;
    slide(tiling, pass);
    const Index at = (image * rows + first) * columns * c.filters;
    for (Index r = 0; r < count; r++)
      for (Index q = 0; q < columns; q++) {
        const float* above = places + 2 * r * row + 2 * q * c.filters;
        const Index to = at + (r * columns + q) * c.filters;
        largest_of_four(above, above + row, c.filters, y + to, place + to);
      }
  });
}

// What reaches the places before pooling and ReLU: the pooled gradient where a place was the largest, and positive.
struct PooledGradient {
  const Convolution& c;
  const float* dy;
  const float* y;
  const std::uint8_t* place;

  static constexpr Index bias_size = 1;
  const float* in_place(Index, Index) const { return nullptr; }

  void fill(Index image, const Window& window, Index step, float* to) const {
    std::fill_n(to, window.rows * window.columns * step, 0.0f);
    const Index rows = c.rows / 2, columns = c.columns / 2;
    const Index first = std::max<Index>(0, window.top / 2), last = std::min(rows, (window.top + window.rows + 1) / 2);
    for (Index r = first; r < last; r++)
      for (Index q = 0; q < columns; q++)
        for (int which = 0; which < 4; which++) {
          const Index row = 2 * r + which / 2 - window.top, column = 2 * q + which % 2 - window.left;
          if (row < 0 || row >= window.rows || column < 0 || column >= window.columns) continue;
          const Index from = ((image * rows + r) * columns + q) * c.filters;
          spread(from, which, to + (row * window.columns + column) * step);
        }
  }

  void add_bias(Index image, float* sums) const {
    const Index pooled = (c.rows / 2) * (c.columns / 2);
    for (Index at = image * pooled; at < (image + 1) * pooled; at++) {
      const float *gradient = dy + at * c.filters, *value = y + at * c.filters;
#pragma GCC ivdep
      for (Index f = 0; f < c.filters; f++) sums[f] += value[f] > 0.0f ? gradient[f] : 0.0f;
    }
  }

 private:
  void spread(Index from, int which, float* to) const {
    using V = Vector<kLanes>;
    Index f = 0;
    for (; f + kLanes <= c.filters; f += kLanes) {
      const Integers at = __builtin_convertvector(*reinterpret_cast<const Bytes*>(place + from + f), Integers);
      const Integers taken = (at == which) & (load<kLanes>(y + from + f) > V{});
      store<kLanes>(to + f, taken ? load<kLanes>(dy + from + f) : V{});
    }
    for (; f < c.filters; f++) to[f] = place[from + f] == which && y[from + f] > 0.0f ? dy[from + f] : 0.0f;
  }
};

}  // namespace lamina
