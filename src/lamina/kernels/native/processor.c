/* Which of the builds this processor can run: compiled for every processor of its family, so that asking is safe. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

static PyObject* best(PyObject* module, PyObject* arguments) {
  (void)module, (void)arguments;
#if defined(__x86_64__) || defined(_M_X64)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512cd"))
    return PyUnicode_FromString("avx512");
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2"))
    return PyUnicode_FromString("avx2");
  return PyUnicode_FromString("");
#elif defined(__aarch64__)
  return PyUnicode_FromString("neon");
#else
  return PyUnicode_FromString("");
#endif
}

static PyMethodDef methods[] = {
    {"best", best, METH_NOARGS, "The best build for this processor: avx512, avx2, neon, or nothing."},
    {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "processor", "What this processor can do.", -1, methods,
                                        NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_processor(void) { return PyModule_Create(&definition); }
