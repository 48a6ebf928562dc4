// The largest number of windows of 2 x 2 places that do not overlap; a last odd row or column is left out.
#pragma once

#include "threads.h"

namespace lamina {

struct Pooling {
  Index batch, height, width, channels;

  Index rows() const { return height / 2; }
  Index columns() const { return width / 2; }
};

inline float larger(float a, float b) { return a > b ? a : b; }

inline void max_pool(Pool& pool, const Pooling& p, const float* x, float* y) {
  const Index row = p.width * p.channels;
  parallel_for(pool, p.batch, [&](Index image) {
    const float* from = x + image * p.height * row;
    float* to = y + image * p.rows() * p.columns() * p.channels;
    for (Index r = 0; r < p.rows(); r++)
      for (Index q = 0; q < p.columns(); q++, to += p.channels) {
        const float* top = from + 2 * r * row + 2 * q * p.channels;
#pragma GCC ivdep
        for (Index e = 0; e < p.channels; e++) {
          const float left = larger(top[e], top[row + e]);
          to[e] = larger(left, larger(top[p.channels + e], top[row + p.channels + e]));
        }
      }
  });
}

// Of two numbers that were compared, how much of the gradient goes to the first; halves where they are equal.
inline float share(float a, float b) { return a > b ? 1.0f : (a == b ? 0.5f : 0.0f); }

// The comparisons are made again: those in a column first, then the two columns, as the pure form does.
inline void max_pool_gradient(Pool& pool, const Pooling& p, const float* x, const float* dy, float* dx) {
  const Index row = p.width * p.channels, c = p.channels;
  parallel_for(pool, p.batch, [&](Index image) {
    const float* from = x + image * p.height * row;
    const float* gradient = dy + image * p.rows() * p.columns() * c;
    float* to = dx + image * p.height * row;
    for (Index r = 0; r < p.rows(); r++) {
      for (Index q = 0; q < p.columns(); q++, gradient += c) {
        const float* top = from + 2 * r * row + 2 * q * c;
        float* at = to + 2 * r * row + 2 * q * c;
#pragma GCC ivdep
        for (Index e = 0; e < c; e++) {
          const float a = top[e], b = top[c + e], below_a = top[row + e], below_b = top[row + c + e];
          const float left = share(larger(a, below_a), larger(b, below_b)) * gradient[e], right = gradient[e] - left;
          at[e] = share(a, below_a) * left;
          at[row + e] = left - at[e];
          at[c + e] = share(b, below_b) * right;
          at[row + c + e] = right - at[c + e];
        }
      }
      if (p.width % 2)
        for (Index below = 0; below < 2; below++)
          std::fill_n(to + (2 * r + below) * row + (p.width - 1) * c, c, 0.0f);
    }
    if (p.height % 2) std::fill_n(to + (p.height - 1) * row, row, 0.0f);
  });
}

}  // namespace lamina
