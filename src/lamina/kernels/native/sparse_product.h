// The products of product.h where x is mostly zeros, as the columns of categories are: only its other numbers are
// multiplied. A sum has the terms of the dense one, in the same order, without those that are 0.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "threads.h"
#include "vectors.h"

namespace lamina {

// The n-th of rows that lie everywhere, at no regular distance: what is zero at the same step of every sequence, or in
// the same column of every picture, must not be all that is looked at. Multiples of the golden ratio, without whole parts.
inline Index scattered_row(Index n, Index rows) {
  const std::uint64_t part = static_cast<std::uint64_t>(n) * 2654435769u % (std::uint64_t{1} << 32);
  return static_cast<Index>(part * static_cast<std::uint64_t>(rows) >> 32);
}

// Whether it pays to look for the zeros: in 16 rows fewer than an eighth are other numbers.
inline bool is_mostly_zero(const float* x, Index rows, Index inputs) {
  const Index looked_at = std::min<Index>(rows, 16);
  Index others = 0;
  for (Index n = 0; n < looked_at; n++) {
    const float* from = x + scattered_row(n, rows) * inputs;
    for (Index k = 0; k < inputs; k++) others += from[k] != 0.0f;
  }
  return others * 8 < looked_at * inputs;
}

// body(place, number) for the numbers of a row that are not 0, in their order.
template <class Body>
void each_nonzero(const float* row, Index count, const Body& body) {
  constexpr Index kTogether = 16;
  for (Index start = 0; start < count; start += kTogether) {
    const Index end = std::min(count, start + kTogether);
    if (end - start == kTogether) {
      std::uint32_t bits[kTogether], any = 0;
      std::memcpy(bits, row + start, sizeof bits);
      for (std::uint32_t one : bits) any |= one;
      if (any == 0) continue;
    }
    for (Index k = start; k < end; k++)
      if (row[k] != 0.0f) body(k, row[k]);
  }
}

// to += factor from
inline void add_times(float factor, const float* from, Index count, float* to) {
  in_vectors(count, [&](Index at, Index some) {
    store_some(to + at, load_some(to + at, some) + load_some(from + at, some) * factor, some);
  });
}

// part(first, last) on the pool's threads, for a few blocks of the `length` rows or inputs on each.
template <class Part>
void in_even_blocks(Pool& pool, Index length, const Part& part) {
  const Index blocks = std::clamp<Index>(4 * pool.num_threads(), 1, std::max<Index>(1, length / 16));
  parallel_for(pool, blocks, [&](Index block) { part(length * block / blocks, length * (block + 1) / blocks); });
}

// y = x w
inline void sparse_product_of_rows(Pool& pool, Index rows, Index inputs, Index channels, const float* x, const float* w,
                                   float* y) {
  in_even_blocks(pool, rows, [&](Index first, Index last) {
    for (Index row = first; row < last; row++) {
      float* sums = y + row * channels;
      std::memset(sums, 0, static_cast<std::size_t>(channels) * 4);
      each_nonzero(x + row * inputs, inputs, [&](Index k, float factor) {
        add_times(factor, w + k * channels, channels, sums);
      });
    }
  });
}

// dw = x^T dy; each number is summed by one thread, in the order of the rows.
inline void sparse_weight_gradient(Pool& pool, Index rows, Index inputs, Index channels, const float* x,
                                   const float* dy, float* dw) {
  in_even_blocks(pool, inputs, [&](Index first, Index last) {
    float* sums = dw + first * channels;
    std::memset(sums, 0, static_cast<std::size_t>((last - first) * channels) * 4);
    for (Index row = 0; row < rows; row++)
      each_nonzero(x + row * inputs + first, last - first, [&](Index k, float factor) {
        add_times(factor, dy + row * channels, channels, sums + k * channels);
      });
  });
}

}  // namespace lamina
