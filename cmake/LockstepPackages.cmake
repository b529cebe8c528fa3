# The libraries we use, each as one imported target. All but LibTorch are Debian packages.
find_package(MPI REQUIRED COMPONENTS C)
# mpi.h of OpenMPI drags in the C++ bindings that MPI dropped in 2012.
target_compile_definitions(MPI::MPI_C INTERFACE OMPI_SKIP_MPICXX MPICH_SKIP_MPICXX)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(HDF5 REQUIRED COMPONENTS C)
find_package(Threads REQUIRED)
if(LOCKSTEP_BUILD_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
  # The Python with torch that launch/setup.sh --tests makes.
  set(LOCKSTEP_PYTHON ${PROJECT_SOURCE_DIR}/.deps/python/bin/python)
endif()

# lockstep_find_library(<target> <header> <library> <debian package>)
function(lockstep_find_library target header library package)
  find_path(${target}_INCLUDE_DIR ${header})
  find_library(${target}_LIBRARY ${library})
  if(NOT ${target}_INCLUDE_DIR OR NOT ${target}_LIBRARY)
    message(FATAL_ERROR "${header} or lib${library} is missing: install the package ${package} "
                        "(launch/setup.sh does)")
  endif()
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} INTERFACE ${${target}_INCLUDE_DIR})
  target_link_libraries(${target} INTERFACE ${${target}_LIBRARY})
endfunction()
lockstep_find_library(SentencePiece::sentencepiece sentencepiece_processor.h sentencepiece
                      libsentencepiece-dev)
lockstep_find_library(SentencePiece::train sentencepiece_trainer.h sentencepiece_train
                      libsentencepiece-dev)
lockstep_find_library(xxHash::xxhash xxhash.h xxhash libxxhash-dev)
lockstep_find_library(deflate::deflate libdeflate.h deflate libdeflate-dev)
lockstep_find_library(httplib::httplib httplib.h cpp-httplib libcpp-httplib-dev)
# As Debian has compiled it: its classes differ with these.
target_compile_definitions(httplib::httplib INTERFACE
  CPPHTTPLIB_OPENSSL_SUPPORT CPPHTTPLIB_ZLIB_SUPPORT CPPHTTPLIB_BROTLI_SUPPORT)
target_link_libraries(httplib::httplib INTERFACE OpenSSL::Crypto Threads::Threads)

# LibTorch of the torch 2.11 wheel, CPU parts only. find_package(Torch) of that wheel insists on a
# CUDA toolkit, so its two libraries are imported by hand; libtorch_cpu.so itself needs cudart and
# cupti, which it finds through its own RPATH.
set(torch_dir "${LOCKSTEP_LIBTORCH}")
if(NOT torch_dir)
  file(GLOB torch_dir LIST_DIRECTORIES true
    ${PROJECT_SOURCE_DIR}/.deps/python/lib/python3*/site-packages/torch)
endif()
if(NOT EXISTS "${torch_dir}/lib/libtorch_cpu.so")
  message(FATAL_ERROR "LibTorch is missing (looked in '${torch_dir}'): run launch/setup.sh, "
                      "or give -DLOCKSTEP_LIBTORCH=<folder with include/ and lib/>")
endif()
# Another one would not compile, or round differently.
set(torch_version)
foreach(header headeronly/version.h csrc/api/include/torch/version.h)
  if(NOT torch_version AND EXISTS "${torch_dir}/include/torch/${header}")
    file(STRINGS "${torch_dir}/include/torch/${header}" torch_version REGEX "define TORCH_VERSION_M(AJOR|INOR) [0-9]")
  endif()
endforeach()
string(REGEX REPLACE "[^0-9;]" "" torch_version "${torch_version}")
list(JOIN torch_version "." torch_version)
if(NOT torch_version STREQUAL "2.11")
  message(FATAL_ERROR "LibTorch in '${torch_dir}' is version '${torch_version}', and 2.11 is needed: run "
                      "launch/setup.sh, or give -DLOCKSTEP_LIBTORCH=<folder of that>")
endif()
add_library(Torch::c10 SHARED IMPORTED GLOBAL)
set_target_properties(Torch::c10 PROPERTIES IMPORTED_LOCATION ${torch_dir}/lib/libc10.so)
add_library(Torch::cpu SHARED IMPORTED GLOBAL)
set_target_properties(Torch::cpu PROPERTIES IMPORTED_LOCATION ${torch_dir}/lib/libtorch_cpu.so)
target_include_directories(Torch::cpu SYSTEM INTERFACE
  ${torch_dir}/include ${torch_dir}/include/torch/csrc/api/include)
target_link_libraries(Torch::cpu INTERFACE Torch::c10)
# The threads of LibTorch's own operations: another OpenMP beside them would be other threads, and cost
# half the speed. A LibTorch that brings none uses the compiler's.
file(GLOB torch_gomp ${torch_dir}/lib/libgomp*.so.1)
if(NOT torch_gomp)
  set(torch_gomp gomp)
endif()
add_library(Torch::gomp INTERFACE IMPORTED GLOBAL)
target_link_libraries(Torch::gomp INTERFACE ${torch_gomp})
foreach(cuda_libraries ${torch_dir}/../nvidia/cu13/lib ${torch_dir}/lib)
  target_link_options(Torch::cpu INTERFACE -Wl,-rpath-link,${cuda_libraries})
endforeach()
if(LOCKSTEP_CUDA)
  set(cuda_dir ${torch_dir}/../nvidia/cu13)
  if(NOT EXISTS ${torch_dir}/lib/libtorch_cuda.so OR NOT EXISTS ${cuda_dir}/lib/libcublas.so.13)
    message(FATAL_ERROR "LOCKSTEP_CUDA is ON, but the libraries of CUDA beside ${torch_dir} are "
                        "missing: run launch/setup.sh --cuda, or give -DLOCKSTEP_CUDA=OFF")
  endif()
  add_library(CUDA::runtime INTERFACE IMPORTED GLOBAL)
  target_include_directories(CUDA::runtime SYSTEM INTERFACE ${cuda_dir}/include)
  target_link_libraries(CUDA::runtime INTERFACE ${cuda_dir}/lib/libcudart.so.13)
  # The one that LibTorch has loaded anyway: there must not be two in a process.
  set(nccl_dir ${torch_dir}/../nvidia/nccl)
  if(NOT EXISTS ${nccl_dir}/lib/libnccl.so.2)
    message(FATAL_ERROR "LOCKSTEP_CUDA is ON, but there is no NCCL in ${nccl_dir}: run "
                        "launch/setup.sh --cuda, or give -DLOCKSTEP_CUDA=OFF")
  endif()
  add_library(NCCL::nccl INTERFACE IMPORTED GLOBAL)
  target_include_directories(NCCL::nccl SYSTEM INTERFACE ${nccl_dir}/include)
  target_link_libraries(NCCL::nccl INTERFACE CUDA::runtime ${nccl_dir}/lib/libnccl.so.2)
  # cuDNN as LibTorch has it, through the headers of its frontend.
  set(cudnn_dir ${torch_dir}/../nvidia/cudnn)
  if(NOT EXISTS ${torch_dir}/../include/cudnn_frontend.h)
    message(FATAL_ERROR "LOCKSTEP_CUDA is ON, but there is no cudnn_frontend.h in "
                        "${torch_dir}/../include: run launch/setup.sh --cuda, or give "
                        "-DLOCKSTEP_CUDA=OFF")
  endif()
  add_library(cuDNN::frontend INTERFACE IMPORTED GLOBAL)
  target_include_directories(cuDNN::frontend SYSTEM INTERFACE
    ${torch_dir}/../include ${cudnn_dir}/include)
  target_compile_definitions(cuDNN::frontend INTERFACE CUDNN_FRONTEND_SKIP_JSON_LIB)
  target_link_libraries(cuDNN::frontend INTERFACE CUDA::runtime ${cudnn_dir}/lib/libcudnn.so.9)
  add_library(Torch::cuda INTERFACE IMPORTED GLOBAL)
  target_link_libraries(Torch::cuda INTERFACE Torch::cpu CUDA::runtime
    ${torch_dir}/lib/libtorch_cuda.so ${torch_dir}/lib/libc10_cuda.so)
  file(GLOB cuda_library_dirs LIST_DIRECTORIES true ${torch_dir}/../nvidia/*/lib)
  foreach(cuda_libraries ${cuda_library_dirs})
    target_link_options(Torch::cuda INTERFACE -Wl,-rpath-link,${cuda_libraries})
  endforeach()
  # For those who have files for either case.
  set(LOCKSTEP_TORCH_CUDA Torch::cuda)
  set(LOCKSTEP_CUDA_RUNTIME CUDA::runtime)
  set(LOCKSTEP_NCCL NCCL::nccl)
  set(LOCKSTEP_CUDNN cuDNN::frontend)
endif()
message(STATUS "LibTorch: ${torch_dir}")
