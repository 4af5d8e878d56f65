// Puts our kernels in front of llama.cpp's own: the CPU backend asks every "extra buffer
// type" whether it computes an operation before it does so itself (traits.h and
// ggml-backend-impl.h in ggml/src of llama-cpp-sys-2 0.1.161, from where the declarations
// below are; neither header is installed). Ours holds no weights: it only computes.

#include <cstddef>
#include <vector>

struct ggml_tensor;
struct ggml_compute_params;
struct ggml_backend_device;
struct ggml_backend_buffer_type;

struct ggml_backend_buffer_type {
    void (*interface[8])(); // never called: nothing is kept in ours
    ggml_backend_device *device;
    void *context;
};

extern "C" {
struct ggml_backend_reg *ggml_backend_cpu_reg();
void *ggml_backend_reg_get_proc_address(struct ggml_backend_reg *, const char *name);
}

namespace ggml::cpu {
class tensor_traits {
  public:
    virtual ~tensor_traits();
    virtual bool work_size(int threads, const ggml_tensor *operation, size_t &size) = 0;
    virtual bool compute_forward(ggml_compute_params *params, ggml_tensor *operation) = 0;
};

class extra_buffer_type {
  public:
    virtual ~extra_buffer_type();
    virtual bool supports_op(ggml_backend_device *device, const ggml_tensor *operation) = 0;
    virtual tensor_traits *get_tensor_traits(const ggml_tensor *operation) = 0;
};
} // namespace ggml::cpu

std::vector<ggml_backend_buffer_type *> &ggml_backend_cpu_get_extra_buffer_types();

namespace {
// What mod.rs gives: whether an operation is ours, bytes of scratch, and the work itself.
bool (*takes)(const ggml_tensor *);
size_t (*scratch)(int threads, const ggml_tensor *);
void (*compute)(const ggml_compute_params *, const ggml_tensor *);

class Traits : public ggml::cpu::tensor_traits {
    bool work_size(int threads, const ggml_tensor *operation, size_t &size) override {
        size = scratch(threads, operation);
        return true;
    }
    bool compute_forward(ggml_compute_params *params, ggml_tensor *operation) override {
        compute(params, operation);
        return true;
    }
};

class Kernels : public ggml::cpu::extra_buffer_type {
    // No weights are to be put here.
    bool supports_op(ggml_backend_device *, const ggml_tensor *) override { return false; }
    ggml::cpu::tensor_traits *get_tensor_traits(const ggml_tensor *operation) override {
        static Traits traits;
        return takes(operation) ? &traits : nullptr;
    }
};
} // namespace

// Once in a process.
extern "C" void afterword_kernels_install(bool (*takes_it)(const ggml_tensor *),
                                          size_t (*scratch_for)(int, const ggml_tensor *),
                                          void (*computes)(const ggml_compute_params *,
                                                           const ggml_tensor *)) {
    static Kernels kernels;
    static ggml_backend_buffer_type type = {};
    takes = takes_it;
    scratch = scratch_for;
    compute = computes;
    type.context = static_cast<ggml::cpu::extra_buffer_type *>(&kernels);
    // What is offered to models for their weights is listed at the first question, and
    // not again: asked now, it leaves ours out.
    using Offered = ggml_backend_buffer_type **(*)(ggml_backend_device *);
    auto *offered = ggml_backend_reg_get_proc_address(ggml_backend_cpu_reg(),
                                                      "ggml_backend_dev_get_extra_bufts");
    if (offered) {
        reinterpret_cast<Offered>(offered)(nullptr);
        ggml_backend_cpu_get_extra_buffer_types().push_back(&type);
    }
}
