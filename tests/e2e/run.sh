#!/usr/bin/env bash
# The end-to-end tests: a real browser and a real office suite. Pictures and documents go to artefacts/e2e.
# Arguments are passed on to pytest, for instance: bash tests/e2e/run.sh -k harness
set -euo pipefail
cd "$(dirname "$0")/../.."
exec </dev/null

PACKAGES=(chromium nodejs npm libreoffice-writer-nogui python3-uno poppler-utils
  tesseract-ocr tesseract-ocr-eng fonts-dejavu-core fonts-liberation2)
AT_MOST=25m  # 8 to 17 minutes, as the machine goes; interrupted, the tests still stop what they started
COMMANDS=(chromium node npm soffice pdftoppm tesseract fc-list)

say() { printf '%s  %s\n' "$(date +%H:%M:%S)" "$*"; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# Node may have come from elsewhere than the distribution's packages, and then npm's package would clash with it.
missing_packages() {
  local package
  for package in "${PACKAGES[@]}"; do
    case $package in
      nodejs) command -v node >/dev/null && continue ;;
      npm) command -v npm >/dev/null && continue ;;
    esac
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
  done
}

install_packages() {
  local missing
  mapfile -t missing < <(missing_packages)
  [ ${#missing[@]} -eq 0 ] && return
  say "1/4 installing ${missing[*]} (a few minutes the first time)"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
}

check_commands() {
  local command
  for command in "${COMMANDS[@]}"; do
    command -v "$command" >/dev/null || { say "$command is missing after the installation"; exit 1; }
  done
}

# npm leaves a copy of the lock file in node_modules: older than ours means stale.
install_node_modules() {
  [ node_modules/.package-lock.json -nt package-lock.json ] && return
  say "2/4 fetching the chat window"
  npm ci --ignore-scripts --no-progress --loglevel=error
}

install_browser_driver() {
  local mark=.venv/.installed-e2e
  [ "$mark" -nt requirements/e2e.txt ] && [ "$mark" -nt .venv/.installed ] && return
  say "3/4 fetching the browser driver"
  .venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes --no-build-isolation -r requirements/e2e.txt
  touch "$mark"
}

install_packages
check_commands
install_node_modules
install_browser_driver
mkdir -p artefacts/e2e
say "4/4 testing; pictures go to artefacts/e2e"
timeout --signal=INT --kill-after=60 "$AT_MOST" .venv/bin/python -m pytest tests/e2e -p no:cacheprovider -vv --durations=5 \
  --junitxml=artefacts/e2e/junit.xml "$@" 2>&1 | tee artefacts/e2e/pytest.log
