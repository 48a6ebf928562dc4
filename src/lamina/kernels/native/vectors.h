// Vectors of float32, as wide as the processor that this is compiled for has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace lamina {

using Index = std::ptrdiff_t;

#if defined(__AVX512F__)
constexpr int kLanes = 16;
constexpr int kAccumulators = 28;  // of 32 registers; weights and a factor take the others
#elif defined(__AVX2__)
constexpr int kLanes = 8;
constexpr int kAccumulators = 12;  // of 16
#elif defined(__aarch64__)
constexpr int kLanes = 4;
constexpr int kAccumulators = 24;  // of 32
#else
constexpr int kLanes = 4;
constexpr int kAccumulators = 12;
#endif
constexpr int kNarrowLanes = kLanes > 4 ? kLanes / 2 : kLanes;  // for few channels

template <int Lanes>
struct Width {
  typedef float Vector __attribute__((vector_size(Lanes * 4)));
  typedef float Stored __attribute__((vector_size(Lanes * 4), aligned(4), may_alias));
};
template <int Lanes>
using Vector = typename Width<Lanes>::Vector;

template <int Lanes>
inline Vector<Lanes> load(const float* from) {
  return *reinterpret_cast<const typename Width<Lanes>::Stored*>(from);
}
template <int Lanes>
inline void store(float* to, Vector<Lanes> value) {
  *reinterpret_cast<typename Width<Lanes>::Stored*>(to) = value;
}

// At the end of a row: only `count` numbers are there, the others are taken as 0.
inline Vector<kLanes> load_some(const float* from, Index count) {
  if (count >= kLanes) return load<kLanes>(from);
  float whole[kLanes] = {};
  std::memcpy(whole, from, static_cast<std::size_t>(count) * 4);
  return load<kLanes>(whole);
}
inline void store_some(float* to, Vector<kLanes> value, Index count) {
  if (count >= kLanes) return store<kLanes>(to, value);
  float whole[kLanes];
  store<kLanes>(whole, value);
  std::memcpy(to, whole, static_cast<std::size_t>(count) * 4);
}

// f(start, kLanes) for whole vectors of a row, f(start, rest) for what is left.
template <class Body>
inline void in_vectors(Index length, const Body& body) {
  Index start = 0;
  for (; start + kLanes <= length; start += kLanes) body(start, Index{kLanes});
  if (start < length) body(start, length - start);
}

// As many whole numbers, and as many bytes, as a vector has lanes: masks and the places of maxima.
typedef std::int32_t Integers __attribute__((vector_size(kLanes * 4)));
typedef std::uint8_t Bytes __attribute__((vector_size(kLanes), aligned(1), may_alias));

#define LAMINA_UNROLL _Pragma("GCC unroll 32")

}  // namespace lamina
