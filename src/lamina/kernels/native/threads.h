// Work shared out over XLA's own threads, and memory that a thread keeps for the next call.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <thread>

#include "vectors.h"

#if defined(LAMINA_POOL)  // another pool with `num_threads` and `Schedule`, for tests without XLA
#include LAMINA_POOL
#else
#include "xla/ffi/api/ffi.h"
namespace lamina {
using Pool = xla::ffi::ThreadPool;
}
#endif

namespace lamina {

constexpr int kSpins = 2000;

// The items of one call; whoever is free claims the next. Shared, so that a thread that comes too late finds it.
template <class Body>
struct Job {
  Index count;
  const Body* body;
  std::atomic<Index> next{0};
  std::atomic<Index> done{0};

  void work() {
    for (Index item; (item = next.fetch_add(1)) < count;) {
      (*body)(item);
      done.fetch_add(1, std::memory_order_release);
    }
  }
};

// body(0) ... body(count - 1) on the pool's threads and this one, which therefore waits for no free thread.
template <class Body>
void parallel_for(Pool& pool, Index count, const Body& body) {
  const Index threads = std::min<Index>(std::max<Index>(1, pool.num_threads()), count);
  if (threads <= 1) {
    for (Index item = 0; item < count; item++) body(item);
    return;
  }
  auto job = std::make_shared<Job<Body>>();
  job->count = count;
  job->body = &body;
  for (Index thread = 1; thread < threads; thread++) pool.Schedule([job] { job->work(); });
  job->work();
  // The others finish within microseconds, unless something else runs on their cores: then it must be let go on.
  for (int waited = 0; job->done.load(std::memory_order_acquire) < count; waited++) {
    if (waited > kSpins) {
      std::this_thread::yield();
      continue;
    }
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
}

// Memory of one thread, kept between calls and only ever enlarged. Each purpose has its own.
enum Purpose { kPadded, kGradient, kPacked, kSums, kPurposes };

inline float* scratch(Purpose purpose, Index floats) {
  struct Buffer {
    float* data = nullptr;
    Index size = 0;
    ~Buffer() { std::free(data); }
  };
  thread_local Buffer buffers[kPurposes];
  Buffer& buffer = buffers[purpose];
  if (floats > buffer.size) {
    std::free(buffer.data);
    buffer.size = (floats + floats / 4 + 79) / 16 * 16;  // whole cache lines
    buffer.data = static_cast<float*>(std::aligned_alloc(64, static_cast<std::size_t>(buffer.size) * 4));
    if (buffer.data == nullptr) {
      buffer.size = 0;
      throw std::bad_alloc();
    }
  }
  return buffer.data;
}

// So many sums are kept apart and added in their order in the end: the result does not depend on the threads.
inline Index sum_slots(Index items, Index operations) {
  constexpr Index kOperationsEach = Index{1} << 26;
  return std::min(items, std::clamp<Index>(operations / kOperationsEach, 8, 32));
}

}  // namespace lamina
