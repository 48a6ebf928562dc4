// An LSTM along whole sequences. The examples of a batch do not meet each other: each thread takes some of them through
// all steps, without waiting for the others in between.
//
// z (batch, steps, 4 units) are the inputs' products with the bias; gates [i, f, g, o] in that order.
#pragma once

#include <cstring>

#include "convolution.h"

namespace lamina {

struct Sequences {
  Index batch, steps, units;
  const float* real;  // (batch, steps); 0 where a sequence is filled up: its state stays as it is
  bool reverse;

  Index place(Index step) const { return reverse ? steps - 1 - step : step; }
  Index before() const { return reverse ? 1 : -1; }  // from a step to the one before it, in places
};

// e^x - 1, exact to some units in the last place: x = k log 2 + r, and the series of e^r - 1 up to r^7.
inline Vector<kLanes> exponential_less_one(Vector<kLanes> x) {
  using V = Vector<kLanes>;
  constexpr float kRounder = 12582912.0f;  // 1.5 2^23: adding it leaves whole numbers
  V k = x * 1.44269504f + kRounder;
  k -= kRounder;
  const V r = (x - k * 0.693145752f) - k * 1.42860677e-6f;
  V series = V{} + 1.0f / 5040;
  series = series * r + 1.0f / 720;
  series = series * r + 1.0f / 120;
  series = series * r + 1.0f / 24;
  series = series * r + 1.0f / 6;
  series = series * r + 0.5f;
  series = series * r * r + r;
  const Integers exponent = (__builtin_convertvector(k, Integers) + 127) << 23;
  V power;
  std::memcpy(&power, &exponent, sizeof power);
  return power * series + (power - 1.0f);
}

// tanh x = (e^2x - 1) / (e^2x + 1); beyond 9 it is 1 in float32. NaN stays NaN.
inline Vector<kLanes> tanh_of(Vector<kLanes> x) {
  using V = Vector<kLanes>;
  const V largest = V{} + 9.0f;
  V near = x > largest ? largest : x;
  near = near < -largest ? -largest : near;
  const V e = exponential_less_one(near + near);
  return e / (e + 2.0f);
}
inline Vector<kLanes> sigmoid_of(Vector<kLanes> x) { return 0.5f + 0.5f * tanh_of(0.5f * x); }

// Examples that one thread takes along: what a tile holds, and fewer where there are more threads.
inline Index examples_together(Pool& pool, const Sequences& s) {
  const Index threads = std::max<Index>(1, pool.num_threads());
  return std::clamp<Index>((s.batch + threads - 1) / threads, 1, 56);
}

// One example at one step: gates from z and what h before adds (null for nothing), then h, and c from c before. The
// gates may take the place of z.
inline void lstm_cell(Index units, const float* z, const float* added, float* h, float* c, float* gates) {
  using V = Vector<kLanes>;
  for (Index k = 0; k < units; k += kLanes) {
    const Index count = units - k;
    V sums[4];
    LAMINA_UNROLL for (int gate = 0; gate < 4; gate++) {
      sums[gate] = load_some(z + gate * units + k, count);
      if (added != nullptr) sums[gate] += load_some(added + gate * units + k, count);
    }
    const V i = sigmoid_of(sums[0]), f = sigmoid_of(sums[1]), g = tanh_of(sums[2]), o = sigmoid_of(sums[3]);
    const V state = f * load_some(c + k, count) + i * g;
    store_some(c + k, state, count);
    store_some(h + k, o * tanh_of(state), count);
    const V found[4] = {i, f, g, o};
    LAMINA_UNROLL for (int gate = 0; gate < 4; gate++) store_some(gates + gate * units + k, found[gate], count);
  }
}

inline void copy(float* to, const float* from, Index count) {
  std::memcpy(to, from, static_cast<std::size_t>(count) * 4);
}

// What a product reads of one step lies side by side in memory of its own: rows of the arrays are whole sequences apart,
// often a multiple of a page, so that a tile's rows would drive each other out of the first cache. The vector between
// two rows keeps that from happening here.
inline Index row_of(Index numbers) { return numbers + kLanes; }

// h, c (batch, steps, units) and the gates (batch, steps, 4 units) after each step; z and gates may be the same memory.
inline void lstm(Pool& pool, const Sequences& s, const float* z, const float* weights, float* h, float* c, float* gates) {
  const Index units = s.units, wide = 4 * units, each = examples_together(pool, s);
  const Tiling tiling(wide);
  float* packed = scratch(kPacked, units * tiling.covered());
  pack(weights, units, wide, tiling, packed);
  parallel_for(pool, (s.batch + each - 1) / each, [&](Index item) {
    const Index first = item * each, count = std::min(each, s.batch - first);
    const Index apart = row_of(units);
    float *added = scratch(kGradient, count * wide), *states = scratch(kSums, 2 * count * apart);
    std::memset(states, 0, static_cast<std::size_t>(2 * count * apart) * 4);
    for (Index step = 0; step < s.steps; step++) {
      const Index place = first * s.steps + s.place(step);
      if (step > 0) slide(tiling, {states, 0, apart, 0, 1, units, packed, added, 0, wide, 1, count, wide});
      for (Index e = 0; e < count; e++) {
        const Index at = place + e * s.steps;
        float *own_h = states + e * apart, *own_c = own_h + count * apart;
        if (s.real[at] != 0.0f) {
          lstm_cell(units, z + at * wide, step ? added + e * wide : nullptr, own_h, own_c, gates + at * wide);
        }
        copy(h + at * units, own_h, units);
        copy(c + at * units, own_c, units);
      }
    }
  });
}

// One example at one step backwards: dz from dh and dc, which are turned into those of the step before (dh without its
// way through the weights).
inline void lstm_cell_gradient(Index units, const float* gates, const float* c, const float* c_before, float* dh,
                               float* dc, float* dz) {
  using V = Vector<kLanes>;
  for (Index k = 0; k < units; k += kLanes) {
    const Index count = units - k;
    V gate[4];
    LAMINA_UNROLL for (int one = 0; one < 4; one++) gate[one] = load_some(gates + one * units + k, count);
    const V i = gate[0], f = gate[1], g = gate[2], o = gate[3];
    const V seen = tanh_of(load_some(c + k, count)), back = load_some(dh + k, count);
    const V before = c_before == nullptr ? V{} : load_some(c_before + k, count);
    const V state = load_some(dc + k, count) + back * o * (1.0f - seen * seen);
    const V found[4] = {state * g * i * (1.0f - i), state * before * f * (1.0f - f), state * i * (1.0f - g * g),
                        back * seen * o * (1.0f - o)};
    LAMINA_UNROLL for (int one = 0; one < 4; one++) store_some(dz + one * units + k, found[one], count);
    store_some(dc + k, state * f, count);
  }
}

// dz (batch, steps, 4 units) from the gradients of every h; dz and gates may be the same memory.
inline void lstm_gradient(Pool& pool, const Sequences& s, const float* dh, const float* c, const float* gates,
                          const float* weights, float* dz) {
  const Index units = s.units, wide = 4 * units, each = examples_together(pool, s);
  const Tiling tiling(units);
  const float* packed = pack_transposed(weights, units, wide, tiling);
  parallel_for(pool, (s.batch + each - 1) / each, [&](Index item) {
    const Index first = item * each, count = std::min(each, s.batch - first);
    float *back = scratch(kGradient, 3 * count * units), *state = back + count * units, *held = state + count * units;
    const Index apart = row_of(wide);
    float* now = scratch(kSums, count * apart);  // dz of this step
    std::memset(back, 0, static_cast<std::size_t>(2 * count * units) * 4);
    for (Index step = s.steps - 1; step >= 0; step--) {
      const Index place = first * s.steps + s.place(step), earlier = place + s.before();
      for (Index e = 0; e < count; e++) {
        const Index at = place + e * s.steps;
        float *own = back + e * units, *own_dz = now + e * apart;
        for (Index k = 0; k < units; k++) own[k] += dh[at * units + k];
        if (s.real[at] != 0.0f) {
          const float* c_before = step ? c + (earlier + e * s.steps) * units : nullptr;
          lstm_cell_gradient(units, gates + at * wide, c + at * units, c_before, own, state + e * units, own_dz);
        } else {
          std::memset(own_dz, 0, static_cast<std::size_t>(wide) * 4);
        }
        copy(dz + at * wide, own_dz, wide);
      }
      if (step == 0) break;
      slide(tiling, {now, 0, apart, 0, 1, wide, packed, held, 0, units, 1, count, units});
      for (Index e = 0; e < count; e++)  // a step that only fills up hands back what it got
        if (s.real[place + e * s.steps] != 0.0f)
          copy(back + e * units, held + e * units, units);
    }
  });
}

}  // namespace lamina
