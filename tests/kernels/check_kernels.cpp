// Every kernel on odd shapes, against loops written from its formula, with one thread and with three: the same bits.
// Built with the sanitizers of addresses, of undefined behavior and of threads by test_sanitizers.py.
#include <cmath>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "adam.h"
#include "convolution.h"
#include "lstm.h"
#include "normalization.h"
#include "pooled_convolution.h"
#include "pooling.h"
#include "product.h"

namespace {

using namespace lamina;
using Numbers = std::vector<float>;

std::mt19937 chance(1);
int failures = 0;

Numbers random_numbers(Index count) {
  std::normal_distribution<float> normal;
  Numbers made(static_cast<std::size_t>(count));
  for (float& one : made) one = normal(chance);
  return made;
}

void expect(const std::string& what, const Numbers& found, const Numbers& wanted) {
  double worst = 0, largest = 1e-6;
  for (std::size_t i = 0; i < wanted.size(); i++) {
    worst = std::max(worst, std::fabs(static_cast<double>(found[i]) - wanted[i]));
    largest = std::max(largest, std::fabs(static_cast<double>(wanted[i])));
  }
  if (found.size() != wanted.size() || !(worst <= 3e-5 * largest)) {
    std::printf("%s: off by %g of %g\n", what.c_str(), worst, largest);
    failures++;
  }
}
void expect_same(const std::string& what, const Numbers& one, const Numbers& other) {
  if (one != other) {
    std::printf("%s: the number of threads changes it\n", what.c_str());
    failures++;
  }
}

// fn(place of x, place of w, place of y) for every product of a convolution.
template <class Body>
void every_product(const Convolution& c, const Body& body) {
  for (Index n = 0; n < c.batch; n++)
    for (Index i = 0; i < c.rows; i++)
      for (Index j = 0; j < c.columns; j++)
        for (Index a = 0; a < c.filter_height; a++)
          for (Index b = 0; b < c.filter_width; b++) {
            const Index row = i * c.stride[0] + a - c.before[0], column = j * c.stride[1] + b - c.before[1];
            if (row < 0 || row >= c.height || column < 0 || column >= c.width) continue;
            for (Index k = 0; k < c.channels; k++)
              for (Index f = 0; f < c.filters; f++)
                body(((n * c.height + row) * c.width + column) * c.channels + k,
                     ((a * c.filter_width + b) * c.channels + k) * c.filters + f,
                     ((n * c.rows + i) * c.columns + j) * c.filters + f);
          }
}

void check_convolution(const Convolution& c) {
  const std::string name = "convolution " + std::to_string(c.channels) + " to " + std::to_string(c.filters);
  const Index inputs = c.batch * c.input_size(), outputs = c.batch * c.output_size();
  const Index size = c.filter_height * c.run() * c.filters;
  const Numbers x = random_numbers(inputs), w = random_numbers(size), dy = random_numbers(outputs);
  Numbers y(outputs, 0.0f), dx(inputs, 0.0f), dw(size, 0.0f);
  every_product(c, [&](Index in, Index weight, Index out) {
    y[out] += x[in] * w[weight];
    dx[in] += dy[out] * w[weight];
    dw[weight] += dy[out] * x[in];
  });
  std::vector<Numbers> before;
  for (int threads : {1, 3}) {
    Pool pool(threads);
    Numbers own_y(y.size()), own_dx(dx.size()), own_dw(dw.size());
    convolve(pool, c, x.data(), w.data(), own_y.data());
    if (c.is_product()) {
      input_gradient_of_product(pool, c, dy.data(), w.data(), own_dx.data());
    } else {
      input_gradient(pool, c, PlainGradient{c, dy.data()}, w.data(), own_dx.data());
    }
    weight_gradient(pool, c, x.data(), PlainGradient{c, dy.data()}, own_dw.data(), nullptr);
    expect(name, own_y, y);
    expect(name + ", dx", own_dx, dx);
    expect(name + ", dw", own_dw, dw);
    if (!before.empty()) {
      expect_same(name, own_y, before[0]);
      expect_same(name + ", dx", own_dx, before[1]);
      expect_same(name + ", dw", own_dw, before[2]);
    }
    before = {own_y, own_dx, own_dw};
  }
}

void check_pooled_convolution(const Convolution& c) {
  const Index rows = c.rows / 2, columns = c.columns / 2, pooled = c.batch * rows * columns * c.filters;
  const Index inputs = c.batch * c.input_size(), size = c.filter_height * c.run() * c.filters;
  const Numbers x = random_numbers(inputs), w = random_numbers(size), bias = random_numbers(c.filters);
  const Numbers dy = random_numbers(pooled);
  Numbers whole(static_cast<std::size_t>(c.batch * c.output_size()), 0.0f), y(pooled, 0.0f), dwhole(whole.size(), 0.0f);
  Numbers dx(inputs, 0.0f), dw(size, 0.0f), db(c.filters, 0.0f);
  every_product(c, [&](Index in, Index weight, Index out) { whole[out] += x[in] * w[weight]; });
  for (Index at = 0; at < pooled; at++) {
    const Index f = at % c.filters, q = at / c.filters % columns, r = at / c.filters / columns % rows;
    const Index n = at / c.filters / columns / rows;
    Index best = -1;
    for (Index which = 0; which < 4; which++) {
      const Index place = ((n * c.rows + 2 * r + which / 2) * c.columns + 2 * q + which % 2) * c.filters + f;
      if (best < 0 || whole[place] > whole[best]) best = place;
    }
    y[at] = std::max(0.0f, whole[best] + bias[f]);
    if (y[at] > 0) dwhole[best] += dy[at], db[f] += dy[at];
  }
  every_product(c, [&](Index in, Index weight, Index out) {
    dx[in] += dwhole[out] * w[weight];
    dw[weight] += dwhole[out] * x[in];
  });
  std::vector<Numbers> before;
  for (int threads : {1, 3}) {
    Pool pool(threads);
    Numbers own_y(y.size()), own_dx(dx.size()), own_dw(dw.size()), own_db(db.size());
    std::vector<std::uint8_t> place(y.size());
    convolve_and_pool(pool, c, x.data(), w.data(), bias.data(), own_y.data(), place.data());
    const PooledGradient gradient{c, dy.data(), own_y.data(), place.data()};
    input_gradient(pool, c, gradient, w.data(), own_dx.data());
    weight_gradient(pool, c, x.data(), gradient, own_dw.data(), own_db.data());
    expect("pooled convolution", own_y, y);
    expect("pooled convolution, dx", own_dx, dx);
    expect("pooled convolution, dw", own_dw, dw);
    expect("pooled convolution, db", own_db, db);
    if (!before.empty()) {
      expect_same("pooled convolution", own_y, before[0]);
      expect_same("pooled convolution, dx", own_dx, before[1]);
      expect_same("pooled convolution, dw", own_dw, before[2]);
      expect_same("pooled convolution, db", own_db, before[3]);
    }
    before = {own_y, own_dx, own_dw, own_db};
  }
}

void check_pooling(const Pooling& p) {
  const Index inputs = p.batch * p.height * p.width * p.channels, outputs = p.batch * p.rows() * p.columns() * p.channels;
  const Numbers x = random_numbers(inputs), dy = random_numbers(outputs);
  Numbers y(outputs), dx(inputs, 0.0f), own_y(outputs), own_dx(inputs);
  for (Index at = 0; at < outputs; at++) {
    const Index e = at % p.channels, q = at / p.channels % p.columns(), r = at / p.channels / p.columns() % p.rows();
    const Index n = at / p.channels / p.columns() / p.rows();
    Index best = -1;
    for (Index which = 0; which < 4; which++) {
      const Index place = ((n * p.height + 2 * r + which / 2) * p.width + 2 * q + which % 2) * p.channels + e;
      if (best < 0 || x[place] > x[best]) best = place;
    }
    y[at] = x[best];
    dx[best] += dy[at];
  }
  Pool pool(3);
  max_pool(pool, p, x.data(), own_y.data());
  max_pool_gradient(pool, p, x.data(), dy.data(), own_dx.data());
  expect("pooling", own_y, y);
  expect("pooling, dx", own_dx, dx);
}

void check_normalization(Index batch, Index places, Index channels, bool relu) {
  const Index size = batch * places * channels;
  const Numbers x = random_numbers(size), dy = random_numbers(size), scale = random_numbers(channels);
  const Numbers bias = random_numbers(channels), added = random_numbers(size);
  Numbers real(static_cast<std::size_t>(batch), 1.0f);
  real.back() = 0.0f;
  Numbers y(size), mean(channels, 0.0f), variance(channels, 0.0f);
  const double count = static_cast<double>((batch - 1) * places);
  for (Index e = 0; e < channels; e++) {
    double sum = 0, squares = 0;
    for (Index at = e; at < (batch - 1) * places * channels; at += channels) sum += x[at];
    for (Index at = e; at < (batch - 1) * places * channels; at += channels) squares += std::pow(x[at] - sum / count, 2);
    mean[e] = static_cast<float>(sum / count), variance[e] = static_cast<float>(squares / count);
    for (Index at = e; at < size; at += channels) {
      const double z = (x[at] - sum / count) * scale[e] / std::sqrt(squares / count + 1e-5) + bias[e] + added[at];
      y[at] = static_cast<float>(relu ? std::max(0.0, z) : z);
    }
  }
  std::vector<Numbers> before;
  for (int threads : {1, 3}) {
    Pool pool(threads);
    const Normalization n{batch, places, channels, real.data(), 1e-5f, relu};
    Numbers own_y(size), own_mean(channels), own_variance(channels), dx(size), dscale(channels), dbias(channels), dadded(size);
    batch_norm(pool, n, x.data(), scale.data(), bias.data(), added.data(), own_y.data(), own_mean.data(), own_variance.data());
    batch_norm_gradient(pool, n, dy.data(), x.data(), own_y.data(), scale.data(), own_mean.data(), own_variance.data(),
                        dx.data(), dscale.data(), dbias.data(), dadded.data());
    expect("normalization", own_y, y);
    expect("normalization, mean", own_mean, mean);
    expect("normalization, variance", own_variance, variance);
    if (!before.empty()) {
      expect_same("normalization", own_y, before[0]);
      expect_same("normalization, dx", dx, before[1]);
    }
    before = {own_y, dx};
  }
}

void check_lstm(Index batch, Index steps, Index units, bool reverse) {
  const Index wide = 4 * units;
  const Numbers z = random_numbers(batch * steps * wide), u = random_numbers(units * wide), dh = random_numbers(batch * steps * units);
  Numbers real(static_cast<std::size_t>(batch * steps));
  for (float& one : real) one = chance() % 4 ? 1.0f : 0.0f;
  const Sequences s{batch, steps, units, real.data(), reverse};
  Numbers wanted(dh.size());
  for (Index n = 0; n < batch; n++) {
    std::vector<double> h(units, 0.0), c(units, 0.0);
    for (Index step = 0; step < steps; step++) {
      const Index at = n * steps + s.place(step);
      if (real[at] != 0.0f) {
        std::vector<double> sums(z.begin() + at * wide, z.begin() + (at + 1) * wide);
        for (Index k = 0; k < units; k++)
          for (Index o = 0; o < wide; o++) sums[o] += h[k] * u[k * wide + o];
        const auto sigmoid = [](double a) { return 1 / (1 + std::exp(-a)); };
        for (Index k = 0; k < units; k++) {
          c[k] = sigmoid(sums[units + k]) * c[k] + sigmoid(sums[k]) * std::tanh(sums[2 * units + k]);
          h[k] = sigmoid(sums[3 * units + k]) * std::tanh(c[k]);
        }
      }
      for (Index k = 0; k < units; k++) wanted[at * units + k] = static_cast<float>(h[k]);
    }
  }
  std::vector<Numbers> before;
  for (int threads : {1, 3}) {
    Pool pool(threads);
    Numbers h(dh.size()), c(dh.size()), gates(z.size()), dz(z.size());
    lstm(pool, s, z.data(), u.data(), h.data(), c.data(), gates.data());
    lstm_gradient(pool, s, dh.data(), c.data(), gates.data(), u.data(), dz.data());
    expect("lstm", h, wanted);
    if (!before.empty()) {
      expect_same("lstm", h, before[0]);
      expect_same("lstm, dz", dz, before[1]);
    }
    before = {h, dz};
  }
}

// Of sequences whose first step alone is zero, not only first steps may be looked at, whatever their length.
void check_where_zeros_are_looked_for() {
  for (Index steps = 2; steps <= 200; steps++) {
    Numbers x = random_numbers(64 * steps * 8);
    for (Index first = 0; first < 64; first++) std::fill_n(x.begin() + first * steps * 8, 8, 0.0f);
    if (is_mostly_zero(x.data(), 64 * steps, 8)) {
      std::printf("sequences of %d steps pass for zeros\n", static_cast<int>(steps));
      failures++;
    }
  }
}

// Of the numbers of x, one in `one_in` is not 0.
void check_product(const Product& p, std::size_t one_in) {
  Numbers x = random_numbers(p.rows * p.inputs);
  for (std::size_t at = 0; at < x.size(); at++)
    if (at * 7 % one_in != 0) x[at] = 0;
  const Numbers dy = random_numbers(p.rows * p.channels);
  Numbers wanted(static_cast<std::size_t>(p.inputs * p.channels), 0.0f);
  for (Index row = 0; row < p.rows; row++)
    for (Index k = 0; k < p.inputs; k++)
      for (Index f = 0; f < p.channels; f++) wanted[k * p.channels + f] += x[row * p.inputs + k] * dy[row * p.channels + f];
  const Numbers w = random_numbers(p.inputs * p.channels);
  Numbers sums(dy.size(), 0.0f);
  for (Index row = 0; row < p.rows; row++)
    for (Index k = 0; k < p.inputs; k++)
      for (Index f = 0; f < p.channels; f++) sums[row * p.channels + f] += x[row * p.inputs + k] * w[k * p.channels + f];
  std::vector<Numbers> before;
  for (int threads : {1, 3}) {
    Pool pool(threads);
    Numbers dw(wanted.size()), y(sums.size());
    product_of_rows(pool, p, x.data(), w.data(), y.data());
    weight_gradient_of_product(pool, p, x.data(), dy.data(), dw.data());
    expect("product", y, sums);
    expect("product, dw", dw, wanted);
    if (!before.empty()) {
      expect_same("product", y, before[0]);
      expect_same("product, dw", dw, before[1]);
    }
    before = {y, dw};
  }
}

void check_adam(const std::vector<Index>& counts) {
  constexpr Adam a{0.01f, 1 - 0.9f * 0.9f, 1 - 0.999f * 0.999f, 0.9, 0.999, 1e-8};
  std::vector<Numbers> g, w, m, s, wanted;
  for (Index count : counts) {
    for (auto* numbers : {&g, &w, &m, &s}) numbers->push_back(random_numbers(count));
    wanted.emplace_back(static_cast<std::size_t>(count));
    for (std::size_t e = 0; e < wanted.back().size(); e++) {
      s.back()[e] *= s.back()[e];
      const double mean = 0.9 * m.back()[e] + 0.1 * g.back()[e], square = 0.999 * s.back()[e] + 0.001 * g.back()[e] * g.back()[e];
      wanted.back()[e] = static_cast<float>(w.back()[e] - 0.01 * mean / 0.19 / (std::sqrt(square / (1 - 0.999 * 0.999)) + 1e-8));
    }
  }
  std::vector<Numbers> before;
  for (int threads : {1, 3}) {
    Pool pool(threads);
    std::vector<Numbers> own_w = w, own_m = m, own_s = s;
    std::vector<Weights> arrays;
    for (std::size_t n = 0; n < counts.size(); n++)
      arrays.push_back({counts[n], g[n].data(), own_w[n].data(), own_m[n].data(), own_s[n].data()});
    adam(pool, a, arrays);
    for (std::size_t n = 0; n < counts.size(); n++) {
      expect("adam", own_w[n], wanted[n]);
      if (!before.empty()) expect_same("adam", own_w[n], before[n]);
    }
    before = own_w;
  }
}

}  // namespace

int main() {
  check_where_zeros_are_looked_for();
  check_convolution({2, 7, 9, 1, 3, 3, 5, 7, 9, {1, 1}, {1, 1}});
  check_convolution({3, 13, 7, 17, 3, 3, 33, 6, 3, {2, 2}, {0, 0}});
  check_convolution({2, 6, 5, 6, 1, 1, 20, 6, 5, {1, 1}, {0, 0}});
  check_convolution({1, 20, 17, 4, 7, 7, 8, 7, 6, {3, 3}, {2, 2}});
  check_convolution({2, 6, 6, 5, 4, 4, 7, 1, 1, {4, 4}, {0, 0}});
  check_convolution({2, 11, 6, 5, 2, 2, 7, 4, 2, {3, 3}, {0, 0}});
  check_convolution({9, 1, 30, 3, 1, 5, 9, 1, 15, {1, 2}, {0, 2}});
  check_convolution({0, 5, 5, 2, 3, 3, 4, 5, 5, {1, 1}, {1, 1}});
  check_pooled_convolution({3, 9, 8, 3, 3, 3, 20, 9, 8, {1, 1}, {1, 1}});
  check_pooled_convolution({2, 12, 12, 5, 5, 5, 6, 8, 8, {1, 1}, {0, 0}});
  check_pooling({3, 5, 7, 17});
  for (bool relu : {false, true}) {
    check_normalization(5, 12, 3, relu);
    check_normalization(7, 1, 130, relu);
    check_normalization(40, 81, 16, relu);
  }
  for (bool reverse : {false, true}) {
    check_lstm(5, 6, 3, reverse);
    check_lstm(70, 2, 17, reverse);
  }
  for (std::size_t one_in : {1, 19}) {
    check_product({300, 17, 33}, one_in);
    check_product({513, 130, 16}, one_in);
    check_product({0, 3, 5}, one_in);
    check_product({70, 0, 5}, one_in);
  }
  check_adam({40000, 0, 17, 1});
  std::printf(failures ? "%d failures\n" : "all kernels agree\n", failures);
  return failures != 0;
}
