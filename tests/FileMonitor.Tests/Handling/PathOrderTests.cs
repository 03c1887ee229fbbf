using System.Collections.Concurrent;
using FileMonitor.Handling;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Handling;

public sealed class PathOrderTests
{
    private readonly PathOrder _order = new();
    private readonly ConcurrentQueue<string> _done = new();

    [Fact]
    public async Task Work_of_one_path_waits_for_earlier_work_and_work_of_another_does_not()
    {
        var first = new TaskCompletionSource();
        var second = Add(Event("a"), "first", first.Task, then: () => Add(Event("a"), "second"));
        await Add(Event("b"), "other");
        _done.Should().Equal("other");

        first.SetResult();
        await second;
        _done.Should().Equal("other", "first", "second");
    }

    [Fact]
    public async Task The_rename_of_a_file_is_in_order_with_both_of_its_names()
    {
        var first = new TaskCompletionSource();
        _ = Add(Event("a"), "a", first.Task);
        var renamed = Add(Event("b", old: "a"), "a to b");
        var after = Add(Event("b"), "b");
        await Add(Event("c"), "c");
        _done.Should().Equal("c");

        first.SetResult();
        await Task.WhenAll(renamed, after);
        _done.Should().Equal("c", "a", "a to b", "b");
    }

    [Fact]
    public async Task The_rename_of_a_directory_waits_for_everything_and_everything_after_waits_for_it()
    {
        var first = new TaskCompletionSource();
        _ = Add(Event("d/f"), "d/f", first.Task);
        _ = Add(Event("e", old: "d", ItemType.Directory), "d to e");
        var after = Add(Event("x"), "x");
        first.SetResult();
        await after;

        _done.Should().Equal("d/f", "d to e", "x");
    }

    [Fact]
    public async Task Work_that_fails_does_not_keep_later_work_of_its_path_from_running()
    {
        _ = _order.Add(Event("a"), () => throw new InvalidOperationException());
        await Add(Event("a"), "second");
        await _order.WhenDoneAsync();

        _done.Should().Equal("second");
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task However_they_come_each_path_is_in_order_and_never_overlaps(int seed)
    {
        var random = new Random(seed);
        var running = new ConcurrentDictionary<string, bool>();
        var handled = new ConcurrentDictionary<string, ConcurrentQueue<int>>();
        var overlaps = 0;
        for (var i = 0; i < 500; i++)
        {
            var (number, path) = (i, ((char)('a' + random.Next(6))).ToString());
            var isDirectoryRename = random.Next(50) == 0;
            _ = _order.Add(isDirectoryRename ? Event("e", "d", ItemType.Directory) : Event(path), async () =>
            {
                if (isDirectoryRename)
                {
                    overlaps += running.IsEmpty ? 0 : 1;
                    return;
                }

                overlaps += running.TryAdd(path, true) ? 0 : 1;
                await Task.Yield();
                handled.GetOrAdd(path, _ => new()).Enqueue(number);
                running.TryRemove(path, out _);
            });
        }

        await _order.WhenDoneAsync();
        overlaps.Should().Be(0);
        foreach (var numbers in handled.Values)
        {
            numbers.Should().BeInAscendingOrder();
        }
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 20)];

    private static AuditEvent Event(string path, string? old = null, ItemType type = ItemType.File) => new()
    {
        Kind = old is null ? AuditEventKind.Created : AuditEventKind.Renamed,
        ItemType = type,
        Root = "/r",
        RelativePath = path,
        OldRelativePath = old,
    };

    private Task Add(AuditEvent auditEvent, string name, Task? until = null, Func<Task>? then = null)
    {
        var added = _order.Add(auditEvent, async () =>
        {
            await (until ?? Task.CompletedTask);
            _done.Enqueue(name);
        });
        return then?.Invoke() ?? added;
    }
}
