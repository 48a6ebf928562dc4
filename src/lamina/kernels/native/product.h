// Rows times a weight, y = x w, and the weight's gradient, dw = x^T dy, without turning x round in memory first.
#pragma once

#include <algorithm>
#include <cstring>

#include "sparse_product.h"
#include "threads.h"
#include "tiles.h"

namespace lamina {

struct Product {
  Index rows, inputs, channels;  // x: rows x inputs, dy: rows x channels, dw: inputs x channels
};

// Some columns of dy as whole vectors side by side, zeros behind the last one.
inline void copy_columns(const float* dy, Index step, Index rows, Index columns, Index covered, float* to) {
  for (Index row = 0; row < rows; row++, dy += step, to += covered) {
    std::memcpy(to, dy, static_cast<std::size_t>(columns) * 4);
    std::memset(to + columns, 0, static_cast<std::size_t>(covered - columns) * 4);
  }
}

// part(vector, first, last) on the pool's threads, about `for_each_thread` times on each: for all panels, which are as
// many channels as a tile has, and blocks of at least 64 of the `length` rows or inputs.
template <class Part>
void in_blocks(Pool& pool, const Tiling& tiling, Index length, Index for_each_thread, const Part& part) {
  if (length == 0) return;
  const Index panels = (tiling.vectors + tiling.together - 1) / tiling.together;
  const Index threads = std::max<Index>(1, pool.num_threads());
  const Index blocks = std::clamp<Index>((for_each_thread * threads + panels - 1) / panels, 1, (length + 63) / 64);
  parallel_for(pool, panels * blocks, [&](Index item) {
    const Index block = item / panels;
    part(static_cast<int>(item % panels) * tiling.together, length * block / blocks, length * (block + 1) / blocks);
  });
}

// As many channels of y = x w as a tile has, for the rows `first` to `last`.
inline void product_part(const Product& p, const Tiling& tiling, int vector, Index first, Index last, const float* x,
                         const float* w, float* y) {
  const int vectors = tiling.in_block(vector);
  const Index start = static_cast<Index>(vector) * tiling.lanes, covered = static_cast<Index>(vectors) * tiling.lanes;
  float* part = scratch(kPacked, p.inputs * covered);
  copy_columns(w + start, p.channels, p.inputs, std::min(covered, p.channels - start), covered, part);
  const Pieces pieces(last - first, tiling.most_places(vectors));
  for (Index piece = 0, row = first; piece < pieces.count; row += pieces.size(piece), piece++) {
    const TileInput in{x + row * p.inputs, 0, p.inputs, 1, p.inputs, part};
    const TileOutput out{y + row * p.channels + start, p.channels, p.channels - start, nullptr, false};
    forward_for(tiling.lanes, pieces.size(piece), vectors)(in, out);
  }
}

// The rows go by while a panel of the weight stays in the second cache.
inline void product_of_rows(Pool& pool, const Product& p, const float* x, const float* w, float* y) {
  if (is_mostly_zero(x, p.rows, p.inputs)) return sparse_product_of_rows(pool, p.rows, p.inputs, p.channels, x, w, y);
  const Tiling tiling(p.channels);
  in_blocks(pool, tiling, p.rows, 2, [&](int vector, Index first, Index last) {
    product_part(p, tiling, vector, first, last, x, w, y);
  });
}

// The inputs `first` to `last` of dw, and as many channels as a tile has. Sums are over 256 rows at a time, whose dy
// stays in the first cache while x goes by.
inline void weight_gradient_part(const Product& p, const Tiling& tiling, int vector, Index first, Index last,
                                 const float* x, const float* dy, float* dw) {
  constexpr Index kRows = 256;
  const int vectors = tiling.in_block(vector);
  const Index start = static_cast<Index>(vector) * tiling.lanes, covered = static_cast<Index>(vectors) * tiling.lanes;
  const Index columns = std::min(covered, p.channels - start);
  float* sums = scratch(kSums, (last - first) * covered);
  std::memset(sums, 0, static_cast<std::size_t>((last - first) * covered) * 4);
  float* part = scratch(kGradient, kRows * covered);
  const Pieces pieces(last - first, tiling.most_places(vectors));
  for (Index row = 0; row < p.rows; row += kRows) {
    const Index rows = std::min(kRows, p.rows - row);
    copy_columns(dy + row * p.channels + start, p.channels, rows, columns, covered, part);
    for (Index piece = 0, k = first; piece < pieces.count; k += pieces.size(piece), piece++) {
      const Places at{x + row * p.inputs + k, 0, p.inputs, part, 0, covered, 1, rows};
      outer_for(tiling.lanes, pieces.size(piece), vectors)(at, sums + (k - first) * covered, covered);
    }
  }
  for (Index k = first; k < last; k++)
    std::memcpy(dw + k * p.channels + start, sums + (k - first) * covered, static_cast<std::size_t>(columns) * 4);
}

// Each number of dw is summed by one thread, in the order of the rows.
inline void weight_gradient_of_product(Pool& pool, const Product& p, const float* x, const float* dy, float* dw) {
  if (is_mostly_zero(x, p.rows, p.inputs)) return sparse_weight_gradient(pool, p.rows, p.inputs, p.channels, x, dy, dw);
  const Tiling tiling(p.channels);
  in_blocks(pool, tiling, p.inputs, 4, [&](int vector, Index first, Index last) {
    weight_gradient_part(p, tiling, vector, first, last, x, dy, dw);
  });
}

}  // namespace lamina
