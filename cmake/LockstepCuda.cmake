# nvcc of a toolkit, or of the wheels that launch/setup.sh --cuda installs.
if(NOT CMAKE_CUDA_COMPILER AND nvcc_of_wheels)
  set(CMAKE_CUDA_COMPILER ${nvcc_of_wheels})
endif()
if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
  set(CMAKE_CUDA_ARCHITECTURES 80-real 90-real 100)  # Ampere, Hopper, Blackwell and later
endif()
# The runtime is the one that LibTorch uses: two copies would not know each other's streams.
set(CMAKE_CUDA_RUNTIME_LIBRARY None)
include(CheckLanguage)
check_language(CUDA)
if(NOT CMAKE_CUDA_COMPILER)
  message(FATAL_ERROR "LOCKSTEP_CUDA is ON, but there is no nvcc: run launch/setup.sh --cuda, put the "
                      "toolkit's nvcc on the PATH, or give -DLOCKSTEP_CUDA=OFF")
endif()
enable_language(CUDA)
# CMake 3.25 does not know that this nvcc has C++20.
string(APPEND CMAKE_CUDA_FLAGS " -std=c++20")

