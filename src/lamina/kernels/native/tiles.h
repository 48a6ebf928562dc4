// The two products that everything is made of, a tile of the result at a time in registers.
//
// Forwards: M places of the output x N vectors of its channels. For each of K inputs there are N loads of weights and
// M factors, which go into M N multiplications with addition. Weight gradient: M inputs x N vectors of the output's
// channels, summed over places. All sizes of tiles are instances of a template in a table, so that a row is cut into
// nearly equal tiles and nothing is computed beside it.
#pragma once

#include <cstring>
#include <utility>

#include "vectors.h"

namespace lamina {

// How channels are covered by vectors: their width, how many, and how many of them make a tile.
struct Tiling {
  int lanes;
  int vectors;
  int together;

  explicit Tiling(Index channels)
      : lanes(channels <= kNarrowLanes ? kNarrowLanes : kLanes),
        vectors(static_cast<int>((channels + lanes - 1) / lanes)),
        together(vectors >= 2 ? 2 : 1) {}

  Index covered() const { return static_cast<Index>(vectors) * lanes; }
  int in_block(int first) const { return std::min(together, vectors - first); }
  Index most_places(int count) const { return kAccumulators / count; }
};

// What goes into a tile: `rows` rows of `run` numbers that lie side by side, for each of its places.
struct TileInput {
  const float* x;
  Index row_step;    // from a row to the next
  Index place_step;  // from a place to the next
  Index rows;
  Index run;
  const float* weights;  // packed: for each input N vectors
};

struct TileOutput {
  float* y;
  Index place_step;
  Index channels;     // that are left to write; fewer than N vectors at the end
  const float* bias;  // of whole vectors; null for none
  bool relu;
};

using Forward = void (*)(const TileInput&, const TileOutput&);

template <int Lanes, int M, int N>
void forward_tile(const TileInput& in, const TileOutput& out) {
  using V = Vector<Lanes>;
  V sums[M][N];
  LAMINA_UNROLL for (int m = 0; m < M; m++)
    LAMINA_UNROLL for (int n = 0; n < N; n++) sums[m][n] = V{};
  const float* weights = in.weights;
  for (Index row = 0; row < in.rows; row++) {
    // One pointer for three places, hidden from the optimizer: it would keep more addresses in vector registers.
    constexpr int kPointers = (M + 2) / 3;
    const float* x[kPointers];
    LAMINA_UNROLL for (int p = 0; p < kPointers; p++) {
      x[p] = in.x + row * in.row_step + 3 * p * in.place_step;
      asm("" : "+r"(x[p]));
    }
    for (Index k = 0; k < in.run; k++, weights += N * Lanes) {
      V w[N];
      LAMINA_UNROLL for (int n = 0; n < N; n++) w[n] = load<Lanes>(weights + n * Lanes);
      LAMINA_UNROLL for (int m = 0; m < M; m++) {
        const float factor = x[m / 3][(m % 3) * in.place_step];
        LAMINA_UNROLL for (int n = 0; n < N; n++) sums[m][n] += w[n] * factor;
      }
      LAMINA_UNROLL for (int p = 0; p < kPointers; p++) x[p]++;
    }
  }
  if (out.bias != nullptr) {
    LAMINA_UNROLL for (int n = 0; n < N; n++) {
      const V bias = load<Lanes>(out.bias + n * Lanes);
      LAMINA_UNROLL for (int m = 0; m < M; m++) sums[m][n] += bias;
    }
  }
  if (out.relu) {
    LAMINA_UNROLL for (int m = 0; m < M; m++)
      LAMINA_UNROLL for (int n = 0; n < N; n++) sums[m][n] = sums[m][n] > 0.0f ? sums[m][n] : V{};
  }
  if (out.channels >= N * Lanes) {
    LAMINA_UNROLL for (int m = 0; m < M; m++)
      LAMINA_UNROLL for (int n = 0; n < N; n++) store<Lanes>(out.y + m * out.place_step + n * Lanes, sums[m][n]);
    return;
  }
  float whole[N * Lanes];
  LAMINA_UNROLL for (int m = 0; m < M; m++) {
    LAMINA_UNROLL for (int n = 0; n < N; n++) store<Lanes>(whole + n * Lanes, sums[m][n]);
    std::memcpy(out.y + m * out.place_step, whole, static_cast<std::size_t>(out.channels) * 4);
  }
}

// Places (rows x columns) of an input and of a gradient over which products are summed.
struct Places {
  const float* x;
  Index x_row, x_place;
  const float* dy;
  Index dy_row, dy_place;
  Index rows, columns;
};

using Outer = void (*)(const Places&, float*, Index);

// sums[m][n] += sum over places of x[m] dy[n]; `step` numbers lie between two m.
template <int Lanes, int M, int N>
void outer_tile(const Places& at, float* sums_to, Index step) {
  using V = Vector<Lanes>;
  V sums[M][N];
  LAMINA_UNROLL for (int m = 0; m < M; m++)
    LAMINA_UNROLL for (int n = 0; n < N; n++) sums[m][n] = V{};
  for (Index row = 0; row < at.rows; row++) {
    const float* x = at.x + row * at.x_row;
    const float* dy = at.dy + row * at.dy_row;
    for (Index column = 0; column < at.columns; column++, x += at.x_place, dy += at.dy_place) {
      V d[N];
      LAMINA_UNROLL for (int n = 0; n < N; n++) d[n] = load<Lanes>(dy + n * Lanes);
      LAMINA_UNROLL for (int m = 0; m < M; m++) {
        const float factor = x[m];
        LAMINA_UNROLL for (int n = 0; n < N; n++) sums[m][n] += d[n] * factor;
      }
    }
  }
  LAMINA_UNROLL for (int m = 0; m < M; m++)
    LAMINA_UNROLL for (int n = 0; n < N; n++) {
      float* to = sums_to + m * step + n * Lanes;
      store<Lanes>(to, load<Lanes>(to) + sums[m][n]);
    }
}

template <int Lanes, int N, int... M>
const Forward* forward_table(std::integer_sequence<int, M...>) {
  static const Forward table[] = {forward_tile<Lanes, M + 1, N>...};
  return table;
}
template <int Lanes, int N, int... M>
const Outer* outer_table(std::integer_sequence<int, M...>) {
  static const Outer table[] = {outer_tile<Lanes, M + 1, N>...};
  return table;
}

// The instance for so many places and vectors.
inline Forward forward_for(int lanes, Index places, int vectors) {
  static const Forward* const one = forward_table<kLanes, 1>(std::make_integer_sequence<int, kAccumulators>{});
  static const Forward* const two = forward_table<kLanes, 2>(std::make_integer_sequence<int, kAccumulators / 2>{});
  static const Forward* const narrow = forward_table<kNarrowLanes, 1>(std::make_integer_sequence<int, kAccumulators>{});
  if (lanes != kLanes) return narrow[places - 1];
  return (vectors == 2 ? two : one)[places - 1];
}
inline Outer outer_for(int lanes, Index inputs, int vectors) {
  static const Outer* const one = outer_table<kLanes, 1>(std::make_integer_sequence<int, kAccumulators>{});
  static const Outer* const two = outer_table<kLanes, 2>(std::make_integer_sequence<int, kAccumulators / 2>{});
  static const Outer* const narrow = outer_table<kNarrowLanes, 1>(std::make_integer_sequence<int, kAccumulators>{});
  if (lanes != kLanes) return narrow[inputs - 1];
  return (vectors == 2 ? two : one)[inputs - 1];
}

// A length cut into pieces that differ by at most one, none longer than `most`.
struct Pieces {
  Index count, base, longer;

  Pieces(Index length, Index most) : count((length + most - 1) / most), base(length / count), longer(length % count) {}
  Index size(Index piece) const { return base + (piece < longer ? 1 : 0); }
};

}  // namespace lamina
