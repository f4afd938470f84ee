# Replace this with the build of your project, such as `npm ci && npm run build`.
set -eu
mkdir -p dist
sed "s/@VERSION@/$VERSION/" greet.sh > dist/greet.sh
