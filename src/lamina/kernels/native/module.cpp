// The kernels as XLA's custom calls, and a Python module `handlers` with a capsule for each.
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "adam.h"
#include "convolution.h"
#include "lstm.h"
#include "normalization.h"
#include "pooled_convolution.h"
#include "pooling.h"
#include "product.h"
#include "xla/ffi/api/ffi.h"

namespace lamina {
namespace {

namespace ffi = xla::ffi;
using Floats = ffi::Buffer<ffi::F32>;
using Places = ffi::Buffer<ffi::U8>;
using FloatsOut = ffi::ResultBuffer<ffi::F32>;
using PlacesOut = ffi::ResultBuffer<ffi::U8>;

// How filters slide: [stride of rows, of columns, zeros above, to the left, rows of places, columns of places].
using Slide = ffi::Span<const std::int64_t>;

// Shapes: pictures (batch, height, width, channels), weights (height, width, channels, filters).
template <class X, class W>
Convolution convolution(X x, W w, const Slide& s) {
  return {x[0], x[1], x[2], x[3], w[0], w[1], w[3], s[4], s[5], {s[0], s[1]}, {s[2], s[3]}};
}

ffi::Error conv2d(Pool pool, Floats x, Floats w, FloatsOut y, Slide slide) {
  const Convolution c = convolution(x.dimensions(), w.dimensions(), slide);
  convolve(pool, c, x.typed_data(), w.typed_data(), y->typed_data());
  return ffi::Error::Success();
}
ffi::Error conv2d_input(Pool pool, Floats dy, Floats w, FloatsOut dx, Slide slide) {
  const Convolution c = convolution(dx->dimensions(), w.dimensions(), slide);
  if (c.is_product()) {
    input_gradient_of_product(pool, c, dy.typed_data(), w.typed_data(), dx->typed_data());
  } else {
    input_gradient(pool, c, PlainGradient{c, dy.typed_data()}, w.typed_data(), dx->typed_data());
  }
  return ffi::Error::Success();
}
ffi::Error conv2d_weight(Pool pool, Floats x, Floats dy, FloatsOut dw, Slide slide) {
  const Convolution c = convolution(x.dimensions(), dw->dimensions(), slide);
  weight_gradient(pool, c, x.typed_data(), PlainGradient{c, dy.typed_data()}, dw->typed_data(), nullptr);
  return ffi::Error::Success();
}

ffi::Error conv2d_pool(Pool pool, Floats x, Floats w, Floats b, FloatsOut y, PlacesOut place, Slide slide) {
  const Convolution c = convolution(x.dimensions(), w.dimensions(), slide);
  convolve_and_pool(pool, c, x.typed_data(), w.typed_data(), b.typed_data(), y->typed_data(), place->typed_data());
  return ffi::Error::Success();
}
ffi::Error conv2d_pool_input(Pool pool, Floats dy, Floats y, Places place, Floats w, FloatsOut dx, Slide slide) {
  const Convolution c = convolution(dx->dimensions(), w.dimensions(), slide);
  const PooledGradient gradient{c, dy.typed_data(), y.typed_data(), place.typed_data()};
  input_gradient(pool, c, gradient, w.typed_data(), dx->typed_data());
  return ffi::Error::Success();
}
ffi::Error conv2d_pool_weight(Pool pool, Floats x, Floats dy, Floats y, Places place, FloatsOut dw, FloatsOut db,
                              Slide slide) {
  const Convolution c = convolution(x.dimensions(), dw->dimensions(), slide);
  const PooledGradient gradient{c, dy.typed_data(), y.typed_data(), place.typed_data()};
  weight_gradient(pool, c, x.typed_data(), gradient, dw->typed_data(), db->typed_data());
  return ffi::Error::Success();
}

Pooling pooling(const Floats& x) {
  const auto shape = x.dimensions();
  return {shape[0], shape[1], shape[2], shape[3]};
}
ffi::Error max_pool2d(Pool pool, Floats x, FloatsOut y) {
  max_pool(pool, pooling(x), x.typed_data(), y->typed_data());
  return ffi::Error::Success();
}
ffi::Error max_pool2d_input(Pool pool, Floats x, Floats dy, FloatsOut dx) {
  max_pool_gradient(pool, pooling(x), x.typed_data(), dy.typed_data(), dx->typed_data());
  return ffi::Error::Success();
}

Normalization normalization(const Floats& x, const Floats& real, float epsilon, bool relu) {
  const auto shape = x.dimensions();
  Index places = 1;
  for (std::size_t axis = 1; axis + 1 < shape.size(); axis++) places *= shape[axis];
  return {shape[0], places, shape[shape.size() - 1], real.typed_data(), epsilon, relu};
}
ffi::Error normalize(Pool pool, Floats x, Floats scale, Floats bias, Floats real, FloatsOut y, FloatsOut mean,
                     FloatsOut variance, float epsilon, bool relu) {
  batch_norm(pool, normalization(x, real, epsilon, relu), x.typed_data(), scale.typed_data(), bias.typed_data(),
             nullptr, y->typed_data(), mean->typed_data(), variance->typed_data());
  return ffi::Error::Success();
}
ffi::Error normalize_added(Pool pool, Floats x, Floats scale, Floats bias, Floats real, Floats added, FloatsOut y,
                           FloatsOut mean, FloatsOut variance, float epsilon, bool relu) {
  batch_norm(pool, normalization(x, real, epsilon, relu), x.typed_data(), scale.typed_data(), bias.typed_data(),
             added.typed_data(), y->typed_data(), mean->typed_data(), variance->typed_data());
  return ffi::Error::Success();
}
ffi::Error normalize_gradient(Pool pool, Floats dy, Floats x, Floats y, Floats scale, Floats mean, Floats variance,
                              Floats real, FloatsOut dx, FloatsOut dscale, FloatsOut dbias, float epsilon, bool relu) {
  batch_norm_gradient(pool, normalization(x, real, epsilon, relu), dy.typed_data(), x.typed_data(), y.typed_data(),
                      scale.typed_data(), mean.typed_data(), variance.typed_data(), dx->typed_data(),
                      dscale->typed_data(), dbias->typed_data(), nullptr);
  return ffi::Error::Success();
}
ffi::Error normalize_added_gradient(Pool pool, Floats dy, Floats x, Floats y, Floats scale, Floats mean, Floats variance,
                                    Floats real, FloatsOut dx, FloatsOut dscale, FloatsOut dbias, FloatsOut dadded,
                                    float epsilon, bool relu) {
  batch_norm_gradient(pool, normalization(x, real, epsilon, relu), dy.typed_data(), x.typed_data(), y.typed_data(),
                      scale.typed_data(), mean.typed_data(), variance.typed_data(), dx->typed_data(),
                      dscale->typed_data(), dbias->typed_data(), dadded->typed_data());
  return ffi::Error::Success();
}

Sequences sequences(const Floats& z, const Floats& real, bool reverse) {
  const auto shape = z.dimensions();
  return {shape[0], shape[1], shape[2] / 4, real.typed_data(), reverse};
}
ffi::Error lstm_states(Pool pool, Floats z, Floats u, Floats real, FloatsOut h, FloatsOut c, FloatsOut gates,
                       bool reverse) {
  lstm(pool, sequences(z, real, reverse), z.typed_data(), u.typed_data(), h->typed_data(), c->typed_data(),
       gates->typed_data());
  return ffi::Error::Success();
}
ffi::Error lstm_input(Pool pool, Floats dh, Floats c, Floats gates, Floats u, Floats real, FloatsOut dz, bool reverse) {
  lstm_gradient(pool, sequences(gates, real, reverse), dh.typed_data(), c.typed_data(), gates.typed_data(),
                u.typed_data(), dz->typed_data());
  return ffi::Error::Success();
}

ffi::Error product(Pool pool, Floats x, Floats w, FloatsOut y) {
  const Product p{x.dimensions()[0], x.dimensions()[1], w.dimensions()[1]};
  product_of_rows(pool, p, x.typed_data(), w.typed_data(), y->typed_data());
  return ffi::Error::Success();
}
ffi::Error product_weight(Pool pool, Floats x, Floats dy, FloatsOut dw) {
  const Product p{x.dimensions()[0], x.dimensions()[1], dy.dimensions()[1]};
  weight_gradient_of_product(pool, p, x.typed_data(), dy.typed_data(), dw->typed_data());
  return ffi::Error::Success();
}

ffi::Error written(Floats x, FloatsOut y) {
  if (y->typed_data() != x.typed_data()) std::memcpy(y->typed_data(), x.typed_data(), x.size_bytes());
  return ffi::Error::Success();
}

// `given`: three numbers, then weights, means, squares and gradients; `taken`: the first three of them.
ffi::Error adam_step(Pool pool, ffi::RemainingArgs given, ffi::RemainingRets taken, double momentum, double decay,
                     double epsilon) {
  const std::size_t each = taken.size() / 3;
  const auto from = [&](std::size_t place) { return given.get<Floats>(place).value(); };
  const auto in_place = [&](std::size_t place) {
    const Floats before = from(place + 1);
    float* const after = taken.get<Floats>(place).value()->typed_data();
    if (after != before.typed_data()) std::memcpy(after, before.typed_data(), before.size_bytes());
    return after;
  };
  std::vector<Weights> arrays;
  for (std::size_t number = 0; number < each; number++) {
    const Floats gradient = from(1 + 3 * each + number);
    arrays.push_back({static_cast<Index>(gradient.element_count()), gradient.typed_data(), in_place(number),
                      in_place(each + number), in_place(2 * each + number)});
  }
  const float* numbers = from(0).typed_data();
  adam(pool, {numbers[0], numbers[1], numbers[2], momentum, decay, epsilon}, arrays);
  return ffi::Error::Success();
}

// What each call takes, gives and is told.
auto call() { return ffi::Ffi::Bind().Ctx<Pool>(); }
#define LAMINA_HANDLER(name, function, binding) \
  constexpr XLA_FFI_Handler* name = +[](XLA_FFI_CallFrame* frame) -> XLA_FFI_Error* { \
    static auto* const handler = (binding).To(function).release(); \
    return handler->Call(frame); \
  }

LAMINA_HANDLER(kConv2d, conv2d,
               call().Arg<Floats>().Arg<Floats>().Ret<Floats>().Attr<Slide>("slide"));
LAMINA_HANDLER(kConv2dInput, conv2d_input,
               call().Arg<Floats>().Arg<Floats>().Ret<Floats>().Attr<Slide>("slide"));
LAMINA_HANDLER(kConv2dWeight, conv2d_weight,
               call().Arg<Floats>().Arg<Floats>().Ret<Floats>().Attr<Slide>("slide"));
LAMINA_HANDLER(kConv2dPool, conv2d_pool,
               call().Arg<Floats>().Arg<Floats>().Arg<Floats>().Ret<Floats>().Ret<Places>().Attr<Slide>("slide"));
LAMINA_HANDLER(kConv2dPoolInput, conv2d_pool_input,
               call().Arg<Floats>().Arg<Floats>().Arg<Places>().Arg<Floats>().Ret<Floats>().Attr<Slide>("slide"));
LAMINA_HANDLER(kConv2dPoolWeight, conv2d_pool_weight,
               call().Arg<Floats>().Arg<Floats>().Arg<Floats>().Arg<Places>().Ret<Floats>().Ret<Floats>()
                   .Attr<Slide>("slide"));
LAMINA_HANDLER(kMaxPool2d, max_pool2d, call().Arg<Floats>().Ret<Floats>());
LAMINA_HANDLER(kMaxPool2dInput, max_pool2d_input, call().Arg<Floats>().Arg<Floats>().Ret<Floats>());
LAMINA_HANDLER(kBatchNorm, normalize,
               call().Arg<Floats>().Arg<Floats>().Arg<Floats>().Arg<Floats>().Ret<Floats>().Ret<Floats>().Ret<Floats>()
                   .Attr<float>("epsilon").Attr<bool>("relu"));
LAMINA_HANDLER(kBatchNormGradient, normalize_gradient,
               call().Arg<Floats>().Arg<Floats>().Arg<Floats>().Arg<Floats>().Arg<Floats>().Arg<Floats>().Arg<Floats>()
                   .Ret<Floats>().Ret<Floats>().Ret<Floats>().Attr<float>("epsilon").Attr<bool>("relu"));
LAMINA_HANDLER(kBatchNormAdded, normalize_added,
               call().Arg<Floats>().Arg<Floats>().Arg<Floats>().Arg<Floats>().Arg<Floats>()
                   .Ret<Floats>().Ret<Floats>().Ret<Floats>().Attr<float>("epsilon").Attr<bool>("relu"));
LAMINA_HANDLER(kBatchNormAddedGradient, normalize_added_gradient,
               call().Arg<Floats>().Arg<Floats>().Arg<Floats>().Arg<Floats>().Arg<Floats>().Arg<Floats>().Arg<Floats>()
                   .Ret<Floats>().Ret<Floats>().Ret<Floats>().Ret<Floats>().Attr<float>("epsilon").Attr<bool>("relu"));
LAMINA_HANDLER(kLstm, lstm_states,
               call().Arg<Floats>().Arg<Floats>().Arg<Floats>().Ret<Floats>().Ret<Floats>().Ret<Floats>()
                   .Attr<bool>("reverse"));
LAMINA_HANDLER(kLstmInput, lstm_input,
               call().Arg<Floats>().Arg<Floats>().Arg<Floats>().Arg<Floats>().Arg<Floats>().Ret<Floats>()
                   .Attr<bool>("reverse"));
LAMINA_HANDLER(kProduct, product, call().Arg<Floats>().Arg<Floats>().Ret<Floats>());
LAMINA_HANDLER(kProductWeight, product_weight, call().Arg<Floats>().Arg<Floats>().Ret<Floats>());
LAMINA_HANDLER(kWritten, written, ffi::Ffi::Bind().Arg<Floats>().Ret<Floats>());
LAMINA_HANDLER(kAdam, adam_step,
               call().RemainingArgs().RemainingRets()
                   .Attr<double>("momentum").Attr<double>("decay").Attr<double>("epsilon"));

struct Named {
  const char* name;
  XLA_FFI_Handler* handler;
};
const Named kHandlers[] = {
    {"conv2d", kConv2d},
    {"conv2d_input", kConv2dInput},
    {"conv2d_weight", kConv2dWeight},
    {"conv2d_pool", kConv2dPool},
    {"conv2d_pool_input", kConv2dPoolInput},
    {"conv2d_pool_weight", kConv2dPoolWeight},
    {"max_pool2d", kMaxPool2d},
    {"max_pool2d_input", kMaxPool2dInput},
    {"batch_norm", kBatchNorm},
    {"batch_norm_gradient", kBatchNormGradient},
    {"batch_norm_added", kBatchNormAdded},
    {"batch_norm_added_gradient", kBatchNormAddedGradient},
    {"adam", kAdam},
    {"lstm", kLstm},
    {"lstm_input", kLstmInput},
    {"product", kProduct},
    {"product_weight", kProductWeight},
    {"written", kWritten},
};

PyModuleDef kModule = {PyModuleDef_HEAD_INIT, "lamina_kernels", "XLA's custom calls, as capsules.", -1,
                       nullptr, nullptr, nullptr, nullptr, nullptr};

}  // namespace
}  // namespace lamina

#define LAMINA_JOIN(a, b) a##b
#define LAMINA_INIT(name) LAMINA_JOIN(PyInit_, name)

// LAMINA_MODULE is the name under which this build is imported: one for each kind of processor.
PyMODINIT_FUNC LAMINA_INIT(LAMINA_MODULE)() {
  PyObject* module = PyModule_Create(&lamina::kModule);
  if (module == nullptr) return nullptr;
  for (const lamina::Named& one : lamina::kHandlers) {
    PyObject* capsule = PyCapsule_New(reinterpret_cast<void*>(one.handler), nullptr, nullptr);
    if (capsule == nullptr || PyModule_AddObject(module, one.name, capsule) < 0) {
      Py_XDECREF(capsule);
      Py_DECREF(module);
      return nullptr;
    }
  }
  return module;
}
