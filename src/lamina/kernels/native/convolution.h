// Convolution of pictures (batch, height, width, channels) with filters (height, width, channels, filters), float32.
//
// For one row of a filter the inputs of a place lie side by side, and so do the filter's numbers: a convolution is as
// many short matrix products as a filter has rows, without copies of patches. A stride only changes the step from a
// place to the next. Where there is padding, a picture (or some of its rows) is copied once into memory that stays in
// the cache, with zeros around it, so that no product looks at a border.
#pragma once

#include <cstring>
#include <vector>

#include "threads.h"
#include "tiles.h"

namespace lamina {

struct Convolution {
  Index batch, height, width, channels;
  Index filter_height, filter_width, filters;
  Index rows, columns;  // places
  Index stride[2];
  Index before[2];  // zeros above and to the left

  Index run() const { return filter_width * channels; }
  Index reach_height(Index places) const { return (places - 1) * stride[0] + filter_height; }
  Index reach_width() const { return (columns - 1) * stride[1] + filter_width; }
  bool inside() const {
    return before[0] == 0 && before[1] == 0 && reach_height(rows) <= height && reach_width() <= width;
  }
  bool is_product() const {  // filters of one place that take every place: one matrix product
    return filter_height == 1 && filter_width == 1 && stride[0] == 1 && stride[1] == 1 && inside() &&
           rows == height && columns == width;
  }
  Index input_size() const { return height * width * channels; }
  Index output_size() const { return rows * columns * filters; }
  Index operations() const { return 2 * batch * output_size() * filter_height * run(); }
};

struct Picture {
  const float* data;
  Index height, width, channels;
};
// A part of a picture, which may reach beyond it.
struct Window {
  Index top, rows, left, columns;
};

// The window with zeros where it is beyond the picture; `step` numbers from a place to the next, at least its channels.
inline void copy_padded(const Picture& from, const Window& window, Index step, float* to) {
  const Index first = std::clamp<Index>(-window.left, 0, window.columns);
  const Index last = std::clamp<Index>(from.width - window.left, first, window.columns);
  const auto zeros = [step](float* at, Index places) { std::memset(at, 0, static_cast<std::size_t>(places * step) * 4); };
  for (Index r = 0; r < window.rows; r++, to += window.columns * step) {
    const Index row = window.top + r;
    if (row < 0 || row >= from.height || first == last) {
      zeros(to, window.columns);
      continue;
    }
    zeros(to, first);
    const float* source = from.data + (row * from.width + window.left + first) * from.channels;
    if (step == from.channels) {
      std::memcpy(to + first * step, source, static_cast<std::size_t>((last - first) * step) * 4);
    } else {
      for (Index column = first; column < last; column++, source += from.channels) {
        std::memcpy(to + column * step, source, static_cast<std::size_t>(from.channels) * 4);
        std::memset(to + column * step + from.channels, 0, static_cast<std::size_t>(step - from.channels) * 4);
      }
    }
    zeros(to + last * step, window.columns - last);
  }
}

// Weights (inputs, channels) -> for each block of vectors, for each input, the block's channels, filled up with zeros.
inline void pack(const float* weights, Index inputs, Index channels, const Tiling& tiling, float* packed) {
  for (int v = 0; v < tiling.vectors; v += tiling.together) {
    const Index first = static_cast<Index>(v) * tiling.lanes, wide = tiling.in_block(v) * tiling.lanes;
    const Index real = std::min(wide, channels - first);
    for (Index k = 0; k < inputs; k++, packed += wide) {
      std::memcpy(packed, weights + k * channels + first, static_cast<std::size_t>(real) * 4);
      std::memset(packed + real, 0, static_cast<std::size_t>(wide - real) * 4);
    }
  }
}

// Weights (channels, inputs), transposed and packed, in this thread's memory.
inline const float* pack_transposed(const float* weights, Index channels, Index inputs, const Tiling& tiling) {
  std::vector<float> turned(static_cast<std::size_t>(channels * inputs));
  for (Index i = 0; i < channels; i++)
    for (Index k = 0; k < inputs; k++) turned[k * channels + i] = weights[i * inputs + k];
  float* packed = scratch(kPacked, inputs * tiling.covered());
  pack(turned.data(), inputs, channels, tiling, packed);
  return packed;
}

// Everything that one pass over places needs.
struct Pass {
  const float* x;
  Index x_row, x_place, x_step;  // from a filter's row, an output's place, an output's row to the next
  Index filter_rows, run;
  const float* packed;
  float* y;
  Index y_row, y_place;
  Index rows, columns, channels;
  const float* bias = nullptr;  // filled up to whole vectors
  bool relu = false;
};

inline void slide(const Tiling& tiling, const Pass& pass) {
  const float* weights = pass.packed;
  for (int v = 0; v < tiling.vectors; v += tiling.together) {
    const int vectors = tiling.in_block(v);
    const Index first = static_cast<Index>(v) * tiling.lanes;
    const Pieces pieces(pass.columns, tiling.most_places(vectors));
    for (Index row = 0; row < pass.rows; row++) {
      TileInput in{pass.x + row * pass.x_step, pass.x_row, pass.x_place, pass.filter_rows, pass.run, weights};
      TileOutput out{pass.y + row * pass.y_row + first, pass.y_place, pass.channels - first,
                     pass.bias == nullptr ? nullptr : pass.bias + first, pass.relu};
      for (Index piece = 0; piece < pieces.count; piece++) {
        const Index places = pieces.size(piece);
        forward_for(tiling.lanes, places, vectors)(in, out);
        in.x += places * pass.x_place;
        out.y += places * pass.y_place;
      }
    }
    weights += pass.filter_rows * pass.run * vectors * tiling.lanes;
  }
}

constexpr Index kProductPlaces = 448;    // of a matrix product that are one item of work
constexpr Index kCachedFloats = 1 << 16;  // of padded rows that stay in a core's cache

// y = x w (inputs x channels), row after row of x.
inline void product(Pool& pool, const float* x, Index rows, Index inputs, const float* packed, const Tiling& tiling,
                    Index channels, float* y) {
  parallel_for(pool, (rows + kProductPlaces - 1) / kProductPlaces, [&](Index item) {
    const Index first = item * kProductPlaces;
    Pass pass{x + first * inputs, 0, inputs, 0, 1, inputs, packed, y + first * channels, 0, channels, 1,
              std::min(kProductPlaces, rows - first), channels};
    slide(tiling, pass);
  });
}

// Rows of places whose inputs stay in the cache.
inline Index rows_in_cache(const Convolution& c) {
  const Index cached = kCachedFloats / (c.reach_width() * c.channels * c.stride[0]);
  return std::clamp<Index>(cached, std::min(c.filter_height, c.rows), c.rows);
}

// Rows of places that are one item of work: as the cache wants, and fewer for all threads where pictures are few.
inline Index rows_at_once(Pool& pool, const Convolution& c) {
  const Index threads = std::max<Index>(1, pool.num_threads());
  const Index parts = threads == 1 ? 1 : (4 * threads + c.batch - 1) / std::max<Index>(1, c.batch);
  return std::min(rows_in_cache(c), (c.rows + parts - 1) / std::max<Index>(1, parts));
}

// The rows of a picture that some rows of places look at: in place, or copied with zeros around.
inline const float* rows_seen(const Convolution& c, const float* picture, Index first, Index rows) {
  const Index top = first * c.stride[0];
  if (c.inside()) return picture + top * c.width * c.channels;
  const Window window{top - c.before[0], c.reach_height(rows), -c.before[1], c.reach_width()};
  float* padded = scratch(kPadded, window.rows * window.columns * c.channels);
  copy_padded({picture, c.height, c.width, c.channels}, window, c.channels, padded);
  return padded;
}
inline Index row_seen(const Convolution& c) { return (c.inside() ? c.width : c.reach_width()) * c.channels; }

// The pass over some rows of places of one picture; `y` is where the first of them is written.
inline Pass forward_pass(const Convolution& c, const float* picture, const float* packed, Index first, Index rows,
                         float* y) {
  const Index row = row_seen(c);
  return {rows_seen(c, picture, first, rows), row, c.stride[1] * c.channels, c.stride[0] * row, c.filter_height,
          c.run(), packed, y, c.columns * c.filters, c.filters, rows, c.columns, c.filters};
}

inline void convolve(Pool& pool, const Convolution& c, const float* x, const float* weights, float* y) {
  const Tiling tiling(c.filters);
  const Index inputs = c.filter_height * c.run();
  float* packed = scratch(kPacked, inputs * tiling.covered());
  pack(weights, inputs, c.filters, tiling, packed);
  if (c.is_product()) return product(pool, x, c.batch * c.rows * c.columns, c.channels, packed, tiling, c.filters, y);
  const Index step = rows_at_once(pool, c), parts = (c.rows + step - 1) / step;
  parallel_for(pool, c.batch * parts, [&](Index item) {
    const Index image = item / parts, first = item % parts * step, rows = std::min(step, c.rows - first);
    float* to = y + image * c.output_size() + first * c.columns * c.filters;
    slide(tiling, forward_pass(c, x + image * c.input_size(), packed, first, rows, to));
  });
}

// What reaches the places of a convolution, as it lies in memory. `fill` writes a window of one picture of it.
struct PlainGradient {
  const Convolution& c;
  const float* dy;

  const float* in_place(Index image, Index row) const { return dy + (image * c.rows + row) * c.columns * c.filters; }
  void fill(Index image, const Window& window, Index step, float* to) const {
    copy_padded({in_place(image, 0), c.rows, c.columns, c.filters}, window, step, to);
  }
  static constexpr Index bias_size = 0;
  void add_bias(Index, float*) const {}
};

// The gradient of the input: a convolution of the gradient with the filters turned around. With strides (s, t) the
// inputs fall into s t kinds, by which of a filter's numbers ever meet them; each is a convolution of its own with
// stride 1 that writes every s-th row and t-th column.
struct InputKind {
  Index offset[2];        // of the filter's numbers that are used
  Index taps[2];          // how many of them
  Index first[2];         // row and column of the first input
  Index place[2];         // of the gradient that the first tap of the first input meets
  Index count[2];         // rows and columns of such inputs
  Index packed_at;        // where its weights begin
};

class InputGradient {
 public:
  InputGradient(const Convolution& c, const float* weights) : c_(c), tiling_(c.channels) {
    for (int axis = 0; axis < 2; axis++) {
      const Index side = axis ? c.filter_width : c.filter_height, length = axis ? c.width : c.height;
      border_[axis] = (side + c.stride[axis] - 1) / c.stride[axis] - 1;
      reach_[axis] = border_[axis] + (length - 1 + c.before[axis]) / c.stride[axis] + 1;
    }
    Index size = 0;
    for (Index a = 0; a < c.stride[0]; a++)
      for (Index b = 0; b < c.stride[1]; b++) {
        kinds_.push_back(kind(a, b, size));
        size += kinds_.back().taps[0] * kinds_.back().taps[1] * c.filters * tiling_.covered();
      }
    packed_ = scratch(kPacked, size);
    for (const InputKind& one : kinds_) pack_turned(weights, one);
  }

  Window window() const { return {-border_[0], reach_[0], -border_[1], reach_[1]}; }

  // dx of one picture, from its gradient in the window.
  void picture(const float* gradient, float* dx) const {
    const Index row = reach_[1] * c_.filters;
    for (const InputKind& one : kinds_) {
      if (one.count[0] <= 0 || one.count[1] <= 0) continue;
      float* to = dx + (one.first[0] * c_.width + one.first[1]) * c_.channels;
      if (one.taps[0] == 0 || one.taps[1] == 0) {
        zeros(one, to);
        continue;
      }
      const float* from = gradient + (one.place[0] * reach_[1] + one.place[1]) * c_.filters;
      slide(tiling_, {from, row, c_.filters, row, one.taps[0], one.taps[1] * c_.filters, packed_ + one.packed_at, to,
                      c_.stride[0] * c_.width * c_.channels, c_.stride[1] * c_.channels, one.count[0], one.count[1],
                      c_.channels});
    }
  }

 private:
  InputKind kind(Index a, Index b, Index packed_at) const {
    InputKind one{};
    one.packed_at = packed_at;
    const Index offsets[2] = {a, b};
    for (int axis = 0; axis < 2; axis++) {
      const Index side = axis ? c_.filter_width : c_.filter_height, length = axis ? c_.width : c_.height;
      const Index step = c_.stride[axis], offset = offsets[axis];
      one.offset[axis] = offset;
      one.taps[axis] = offset < side ? (side - offset + step - 1) / step : 0;
      one.first[axis] = ((offset - c_.before[axis]) % step + step) % step;
      one.count[axis] = length > one.first[axis] ? (length - one.first[axis] + step - 1) / step : 0;
      const Index met = (one.first[axis] + c_.before[axis] - offset) / step;
      one.place[axis] = met + border_[axis] - (one.taps[axis] - 1);
    }
    return one;
  }

  // The taps of one kind, turned around: for each block of the input's channels, taps x filters x the block.
  void pack_turned(const float* weights, const InputKind& one) const {
    float* packed = packed_ + one.packed_at;
    for (int v = 0; v < tiling_.vectors; v += tiling_.together) {
      const Index first = static_cast<Index>(v) * tiling_.lanes, wide = tiling_.in_block(v) * tiling_.lanes;
      const Index real = std::min(wide, c_.channels - first);
      for (Index t = one.taps[0] - 1; t >= 0; t--)
        for (Index u = one.taps[1] - 1; u >= 0; u--, packed += c_.filters * wide) {
          const Index row = one.offset[0] + t * c_.stride[0], column = one.offset[1] + u * c_.stride[1];
          const float* from = weights + ((row * c_.filter_width + column) * c_.channels + first) * c_.filters;
          turn(from, real, wide, packed);
        }
    }
  }
  // (channels, filters) -> (filters, wide), some filters at a time so that both stay in the cache.
  void turn(const float* from, Index real, Index wide, float* to) const {
    constexpr Index kTogether = 16;
    for (Index start = 0; start < c_.filters; start += kTogether) {
      const Index end = std::min(c_.filters, start + kTogether);
      for (Index i = 0; i < real; i++)
        for (Index f = start; f < end; f++) to[f * wide + i] = from[i * c_.filters + f];
      for (Index f = start; f < end; f++) std::memset(to + f * wide + real, 0, static_cast<std::size_t>(wide - real) * 4);
    }
  }
  void zeros(const InputKind& one, float* to) const {
    for (Index r = 0; r < one.count[0]; r++)
      for (Index q = 0; q < one.count[1]; q++)
        std::memset(to + (r * c_.stride[0] * c_.width + q * c_.stride[1]) * c_.channels, 0,
                    static_cast<std::size_t>(c_.channels) * 4);
  }

  const Convolution& c_;
  Tiling tiling_;
  Index border_[2];  // places of the gradient that lie before its first one
  Index reach_[2];   // places of the gradient that are looked at, those included
  std::vector<InputKind> kinds_;
  float* packed_;
};

template <class Gradient>
void input_gradient(Pool& pool, const Convolution& c, const Gradient& gradient, const float* weights, float* dx) {
  const InputGradient plan(c, weights);
  const Window window = plan.window();
  parallel_for(pool, c.batch, [&](Index image) {
    float* seen = scratch(kGradient, window.rows * window.columns * c.filters);
    gradient.fill(image, window, c.filters, seen);
    plan.picture(seen, dx + image * c.input_size());
  });
}

inline void input_gradient_of_product(Pool& pool, const Convolution& c, const float* dy, const float* weights, float* dx) {
  const Tiling tiling(c.channels);
  const float* packed = pack_transposed(weights, c.channels, c.filters, tiling);
  product(pool, dy, c.batch * c.rows * c.columns, c.filters, packed, tiling, c.channels, dx);
}

// Adds to sums (filter rows x run x covered channels) what one picture gives.
inline void add_weight_gradient(const Convolution& c, const Tiling& tiling, const Places& at, float* sums) {
  const Index covered = tiling.covered();
  for (Index row = 0; row < c.filter_height; row++)
    for (int v = 0; v < tiling.vectors; v += tiling.together) {
      const int vectors = tiling.in_block(v);
      const Pieces pieces(c.run(), tiling.most_places(vectors));
      for (Index piece = 0, k = 0; piece < pieces.count; k += pieces.size(piece), piece++) {
        Places part = at;
        part.x += row * row_seen(c) + k;
        part.dy += static_cast<Index>(v) * tiling.lanes;
        float* to = sums + (row * c.run() + k) * covered + static_cast<Index>(v) * tiling.lanes;
        outer_for(tiling.lanes, pieces.size(piece), vectors)(part, to, covered);
      }
    }
}

// dw, and db where the gradient has one. Each slot of pictures has sums of its own, added in their order in the end.
template <class Gradient>
void weight_gradient(Pool& pool, const Convolution& c, const float* x, const Gradient& gradient, float* dw, float* db) {
  const Tiling tiling(c.filters);
  const Index covered = tiling.covered(), inputs = c.filter_height * c.run(), bias = gradient.bias_size ? covered : 0;
  const Index size = inputs * covered + bias, slots = sum_slots(c.batch, c.operations());
  const Index step = rows_in_cache(c);
  float* sums = scratch(kSums, slots * size);
  parallel_for(pool, slots, [&](Index slot) {
    float* own = sums + slot * size;
    std::memset(own, 0, static_cast<std::size_t>(size) * 4);
    for (Index image = c.batch * slot / slots; image < c.batch * (slot + 1) / slots; image++) {
      gradient.add_bias(image, own + inputs * covered);
      for (Index first = 0; first < c.rows; first += step) {
        const Index rows = std::min(step, c.rows - first);
        const float* seen = rows_seen(c, x + image * c.input_size(), first, rows);
        const float* dy = covered == c.filters ? gradient.in_place(image, first) : nullptr;
        if (dy == nullptr) {
          float* filled = scratch(kGradient, rows * c.columns * covered);
          gradient.fill(image, {first, rows, 0, c.columns}, covered, filled);
          dy = filled;
        }
        add_weight_gradient(c, tiling, {seen, c.stride[0] * row_seen(c), c.stride[1] * c.channels, dy,
                                        c.columns * covered, covered, rows, c.columns}, own);
      }
    }
  });
  for (Index k = 0; k < inputs + (bias ? 1 : 0); k++) {
    float* to = k < inputs ? dw + k * c.filters : db;
    for (Index f = 0; f < c.filters; f++) {
      float sum = 0.0f;
      for (Index slot = 0; slot < slots; slot++) sum += sums[slot * size + k * covered + f];
      to[f] = sum;
    }
  }
}

}  // namespace lamina
