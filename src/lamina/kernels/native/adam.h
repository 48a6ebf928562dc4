// Adam over all weights of a network in one call: each is read and written once.
#pragma once

#include <cmath>
#include <cstring>
#include <vector>

#include "threads.h"

namespace lamina {

struct Adam {
  float rate, mean_share, square_share;  // the shares: 1 - momentum^t, 1 - decay^t
  double momentum, decay, epsilon;
};

// The numbers of one array; `gradient` alone is read, the others are changed in place.
struct Weights {
  Index count;
  const float* gradient;
  float *weight, *mean, *square;
};

inline void adam_part(const Adam& a, Index count, const float* __restrict gradient, float* __restrict weight,
                      float* __restrict mean, float* __restrict square) {
  const auto momentum = static_cast<float>(a.momentum), new_mean = static_cast<float>(1 - a.momentum);
  const auto decay = static_cast<float>(a.decay), new_square = static_cast<float>(1 - a.decay);
  const auto epsilon = static_cast<float>(a.epsilon);
  const float rate = a.rate / a.mean_share, per_square = 1 / a.square_share;
  for (Index e = 0; e < count; e++) {
    const float g = gradient[e];
    const float m = momentum * mean[e] + new_mean * g;
    const float s = decay * square[e] + new_square * g * g;
    mean[e] = m;
    square[e] = s;
    weight[e] -= rate * m / (std::sqrt(s * per_square) + epsilon);
  }
}

inline void adam(Pool& pool, const Adam& a, const std::vector<Weights>& arrays) {
  constexpr Index kPart = 4096;  // small enough that the threads end together
  struct Part {
    const Weights* of;
    Index start;
  };
  std::vector<Part> parts;
  for (const Weights& one : arrays) {
    for (Index start = 0; start < one.count; start += kPart) parts.push_back({&one, start});
  }
  parallel_for(pool, static_cast<Index>(parts.size()), [&](Index number) {
    const auto [of, start] = parts[static_cast<std::size_t>(number)];
    adam_part(a, std::min(kPart, of->count - start), of->gradient + start, of->weight + start, of->mean + start,
              of->square + start);
  });
}

}  // namespace lamina
