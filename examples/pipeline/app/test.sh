# Replace this with your tests. They write a report, and end with 1 if one of them fails.
failed=0
number=0
check() {
    number=$((number + 1))
    if [ "$(sh dist/greet.sh $2)" = "$3" ]; then echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        failed=1
    fi
}
{
    check "greets the world" "" "Hello, world, from version $VERSION"
    check "greets by name" Ann "Hello, Ann, from version $VERSION"
    echo "1..$number"
} > "$REPORT"
cat "$REPORT"
exit $failed
