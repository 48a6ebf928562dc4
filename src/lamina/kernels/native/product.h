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
// many channels as a tile has, and blocks of at least 64 rows.
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

// A part of dw: the inputs `first` to `last`, the channels of the vectors `from` to `to`.
struct Part {
  Index first, last;
  int from, to;
};

// Sums are over 128 rows at a time, so that x and dy come from memory once: a tile's columns of dy stay in the first
// cache while the inputs go by, the rows of x in the second one while the columns do.
inline void weight_gradient_part(const Product& p, const Tiling& tiling, const Part& part, const float* x,
                                 const float* dy, float* dw) {
  constexpr Index kRows = 128;
  const Index inputs = part.last - part.first, start = static_cast<Index>(part.from) * tiling.lanes;
  const Index covered = static_cast<Index>(part.to - part.from) * tiling.lanes;
  float* sums = scratch(kSums, inputs * covered);
  std::memset(sums, 0, static_cast<std::size_t>(inputs * covered) * 4);
  float* columns = scratch(kGradient, kRows * tiling.together * tiling.lanes);
  for (Index row = 0; row < p.rows; row += kRows) {
    const Index rows = std::min(kRows, p.rows - row);
    for (int vector = part.from; vector < part.to; vector += tiling.together) {
      const int vectors = std::min(tiling.together, part.to - vector);
      const Index channel = static_cast<Index>(vector) * tiling.lanes, wide = static_cast<Index>(vectors) * tiling.lanes;
      copy_columns(dy + row * p.channels + channel, p.channels, rows, std::min(wide, p.channels - channel), wide, columns);
      const Pieces pieces(inputs, tiling.most_places(vectors));
      for (Index piece = 0, k = 0; piece < pieces.count; k += pieces.size(piece), piece++) {
        const Places at{x + row * p.inputs + part.first + k, 0, p.inputs, columns, 0, wide, 1, rows};
        outer_for(tiling.lanes, pieces.size(piece), vectors)(at, sums + k * covered + channel - start, covered);
      }
    }
  }
  const auto real = static_cast<std::size_t>(std::min(covered, p.channels - start)) * 4;
  for (Index k = 0; k < inputs; k++) std::memcpy(dw + (part.first + k) * p.channels + start, sums + k * covered, real);
}

// Each number of dw is summed by one thread, in the order of the rows. The longer side of dw is cut: the shorter one's
// numbers are read for every part.
inline void weight_gradient_of_product(Pool& pool, const Product& p, const float* x, const float* dy, float* dw) {
  if (is_mostly_zero(x, p.rows, p.inputs)) return sparse_weight_gradient(pool, p.rows, p.inputs, p.channels, x, dy, dw);
  if (p.inputs == 0 || p.channels == 0) return;
  const Tiling tiling(p.channels);
  const int panels = (tiling.vectors + tiling.together - 1) / tiling.together;
  const bool by_inputs = p.inputs >= p.channels;
  const Index parts = std::clamp<Index>(4 * pool.num_threads(), 1, by_inputs ? (p.inputs + 31) / 32 : panels);
  parallel_for(pool, parts, [&](Index item) {
    const auto cut = [&](Index length, Index after) { return length * after / parts; };
    const auto vectors = [&](Index after) {
      return std::min(static_cast<int>(cut(panels, after)) * tiling.together, tiling.vectors);
    };
    const Part part = by_inputs ? Part{cut(p.inputs, item), cut(p.inputs, item + 1), 0, tiling.vectors}
                                : Part{0, p.inputs, vectors(item), vectors(item + 1)};
    weight_gradient_part(p, tiling, part, x, dy, dw);
  });
}

}  // namespace lamina
