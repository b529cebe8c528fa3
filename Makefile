# SPDX-License-Identifier: Apache-2.0
# Short names for the scripts in launch/.
.PHONY: all setup test quickstart serve clean
all: setup
	launch/build.sh release
setup:
	launch/setup.sh
test:
	launch/test.sh
quickstart:
	launch/quickstart.sh
serve:
	launch/serve.sh
clean:
	rm -rf build
