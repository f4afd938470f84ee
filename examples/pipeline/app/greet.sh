echo "Hello, ${1:-world}, from version @VERSION@"
