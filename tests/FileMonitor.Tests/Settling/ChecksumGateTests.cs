using System.Threading.Channels;
using FileMonitor.Extending;
using FileMonitor.Hashing;
using FileMonitor.Patterns;
using FileMonitor.Settling;
using FileMonitor.Tree;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Settling;

public sealed class ChecksumGateTests : IDisposable
{
    private const long Large = 1L << 40;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly HashStep Computed = new(new HashResult(ChecksumStatus.Computed));

    private readonly Snapshot _snapshot = new(new MonitoredRoot(0, "/root", "/physical", IgnoreRules.None));
    private readonly FakeTimeProvider _time = new();
    private readonly PumpSignal _signal = new();
    private readonly CancellationTokenSource _abandon = new();
    private readonly Dictionary<string, Channel<HashStep>> _slices = [];
    private readonly Channel<string> _begun = Channel.CreateUnbounded<string>();
    private readonly List<ScriptedRead> _reads = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _abandon.Dispose();
    }

    [Fact]
    public async Task No_more_files_are_read_at_once_than_there_are_permits()
    {
        using var gate = New(permits: 2);
        Enqueue(gate, "a", "b", "c");
        (gate.Waiting, gate.InUse, gate.IsIdle).Should().Be((3, 0, false));

        gate.Launch();
        (gate.Waiting, gate.InUse, gate.Permits).Should().Be((1, 2, 2));
        gate.Launch();
        gate.Waiting.Should().Be(1);

        Answer("b", Computed);
        (await TakeAsync(gate)).Path.Should().Be("b");
        gate.Launch();
        (gate.Waiting, gate.InUse).Should().Be((0, 2));

        Answer("a", Computed);
        Answer("c", new HashStep(new HashResult(ChecksumStatus.Vanished)));
        await TakeAsync(gate);
        await TakeAsync(gate);
        await UntilIdleAsync(gate);
        gate.InUse.Should().Be(0);
        new[] { await BegunAsync(), await BegunAsync(), await BegunAsync() }.Should().BeEquivalentTo("a", "b", "c");
        _reads.Should().OnlyContain(read => read.IsDisposed);
    }

    [Fact]
    public async Task A_small_file_gets_its_turn_after_one_slice_of_a_large_one()
    {
        using var gate = New(permits: 1);
        Enqueue(gate, Large, "large");
        gate.Launch();
        (await BegunAsync()).Should().Be("large");
        Enqueue(gate, "small");
        gate.Launch();
        gate.InUse.Should().Be(1, "the permits stay bounded");

        Answer("large", HashStep.More);
        (await BegunAsync()).Should().Be("small", "whoever has read a slice takes a small one next");
        _reads[0].IsResting.Should().BeTrue("what waits keeps no file open");
        gate.Waiting.Should().Be(1);

        Answer("small", Computed);
        (await TakeAsync(gate)).Path.Should().Be("small");
        gate.Launch();
        (await BegunAsync()).Should().Be("large", "it goes on where it was");
        _reads.Should().HaveCount(2);
    }

    [Fact]
    public async Task Small_files_that_keep_coming_leave_a_large_one_its_share()
    {
        using var gate = New(permits: 1);
        Enqueue(gate, Large, "large");
        Enqueue(gate, "1", "2", "3", "4");
        gate.Launch();
        foreach (var small in new[] { "1", "2" })
        {
            (await BegunAsync()).Should().Be(small);
            Answer(small, Computed);
            await TakeAsync(gate);
        }

        (await BegunAsync()).Should().Be("3");
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Answer("3", Computed);
        await UntilAsync(() => gate.InUse == 0);
        gate.Launch();
        (await BegunAsync()).Should().Be("large", "\"4\" has its turn after a slice of it");
    }

    [Fact]
    public async Task Large_files_take_turns()
    {
        using var gate = New(permits: 1);
        Enqueue(gate, Large, "a", "b");
        gate.Launch();
        (await BegunAsync()).Should().Be("a");

        Answer("a", HashStep.More);
        (await BegunAsync()).Should().Be("a", "its turn lasts longer than a slice, or a disk would do nothing but seek");
        _time.Advance(TimeSpan.FromSeconds(1));
        Answer("a", HashStep.More);
        await UntilAsync(() => gate.InUse == 0);
        gate.Launch();
        (await BegunAsync()).Should().Be("b");
    }

    [Fact]
    public async Task A_file_that_nobody_waits_behind_is_read_on_without_the_pump()
    {
        using var gate = New(permits: 1);
        Enqueue(gate, Large, "a");
        gate.Launch();
        for (var slice = 0; slice < 3; slice++)
        {
            (await BegunAsync()).Should().Be("a");
            _time.Advance(TimeSpan.FromHours(1));
            Answer("a", HashStep.More);
        }

        gate.Waiting.Should().Be(0);
        gate.InUse.Should().Be(1);
    }

    [Fact]
    public async Task A_pause_keeps_no_permit()
    {
        using var gate = New(permits: 1);
        Enqueue(gate, "a", "b");
        gate.Launch();
        (await BegunAsync()).Should().Be("a");
        Answer("a", new HashStep(Result: null, TimeSpan.FromMilliseconds(20)));
        (await BegunAsync()).Should().Be("b");
        gate.Launch();
        gate.NextDue.Should().Be(_time.GetTimestamp() + (_time.TimestampFrequency / 50));
        Answer("b", Computed);
        await TakeAsync(gate);
        gate.Launch();
        gate.InUse.Should().Be(0, "the pause is not over");

        _time.Advance(TimeSpan.FromMilliseconds(20));
        gate.Launch();
        (await BegunAsync()).Should().Be("a");
        gate.NextDue.Should().BeNull();
    }

    [Fact]
    public async Task A_file_that_is_gone_is_not_read_on()
    {
        using var gate = New(permits: 1);
        Enqueue(gate, Large, "a", "b");
        gate.Launch();
        (await BegunAsync()).Should().Be("a");
        _snapshot.Remove(_snapshot.Find("a")!);
        _snapshot.Remove(_snapshot.Find("b")!);
        gate.Launch();

        _reads[0].IsCancelled.Should().BeTrue();
        Answer("a", HashStep.More);
        (await TakeWithResultAsync(gate)).Result.Status.Should().Be(ChecksumStatus.Abandoned);
        gate.Launch();
        Answer("b", HashStep.More);
        (await TakeWithResultAsync(gate)).Result.Status.Should().Be(ChecksumStatus.Abandoned, "it waited, and is not begun");
    }

    [Fact]
    public async Task How_long_something_waits_is_known_while_it_waits()
    {
        using var gate = New(permits: 1);
        (gate.WaitingSince, gate.ReadingSince).Should().Be((null, null));
        Enqueue(gate, Large, "a");
        gate.Launch();
        await BegunAsync();
        var begun = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(1));
        Enqueue(gate, "b");
        gate.Launch();
        (gate.WaitingSince, gate.ReadingSince).Should().Be((begun + _time.TimestampFrequency, begun));

        _time.Advance(TimeSpan.FromSeconds(1));
        Answer("a", HashStep.More);
        (await BegunAsync()).Should().Be("b");
        gate.ReadingSince.Should().Be(begun + (2 * _time.TimestampFrequency));
        gate.Launch();
        gate.WaitingSince.Should().Be(begun + (2 * _time.TimestampFrequency), "the large one got on when its slice ended");
    }

    [Fact]
    public async Task An_exception_of_the_reader_becomes_a_result()
    {
        using var gate = new ChecksumGate(1, _ => new ScriptedRead((_, _) => throw new InvalidOperationException("a host's view")), _signal, _time, Token);
        Enqueue(gate, "a");
        gate.Launch();

        var (_, result) = await TakeWithResultAsync(gate);
        result.Should().Be(new HashResult(ChecksumStatus.Unreadable, Detail: "a host's view"));
        gate.InUse.Should().Be(0);
    }

    [Fact]
    public async Task What_waits_when_the_stop_runs_out_of_time_is_given_back_unread()
    {
        using var gate = New(permits: 1);
        Enqueue(gate, Large, "large");
        gate.Launch();
        await BegunAsync();
        Enqueue(gate, "a", "b");
        gate.Launch();
        Answer("large", HashStep.More);
        (await BegunAsync()).Should().Be("a", "whoever has read a slice takes a small one next");
        await _abandon.CancelAsync();
        gate.Launch();

        gate.Waiting.Should().Be(0);
        gate.IsIdle.Should().BeFalse("what is being read is still out");
        gate.TryTakeDone(out var first, out var result).Should().BeTrue();
        gate.TryTakeDone(out var second, out _).Should().BeTrue();
        new[] { first!.Path, second!.Path }.Should().BeEquivalentTo("b", "large");
        result.Status.Should().Be(ChecksumStatus.Abandoned);
        _reads[0].IsDisposed.Should().BeTrue();

        Answer("a", new HashStep(new HashResult(ChecksumStatus.Abandoned)));
        await TakeAsync(gate);
        await UntilIdleAsync(gate);
    }

    [Fact]
    public async Task Each_result_wakes_the_pump()
    {
        using var gate = New(permits: 1);
        Enqueue(gate, "a");
        gate.Launch();
        var woken = _signal.WaitAsync();
        woken.IsCompleted.Should().BeFalse();

        Answer("a", new HashStep(default(HashResult)));
        await woken.WaitAsync(Patience, Token);
        gate.TryTakeDone(out _, out _).Should().BeTrue("the result is there before the signal");
    }

    private ChecksumGate New(int permits) => new(permits, _ => Begin(), _signal, _time, _abandon.Token);

    private ScriptedRead Begin()
    {
        var read = new ScriptedRead(async (read, path) =>
        {
            var name = Path.GetFileName(path);
            await _begun.Writer.WriteAsync(name);
            var step = await _slices[name].Reader.ReadAsync();
            return read.IsCancelled ? new HashStep(new HashResult(ChecksumStatus.Abandoned)) : step;
        });
        _reads.Add(read);
        return read;
    }

    private void Enqueue(ChecksumGate gate, params string[] names) => Enqueue(gate, size: 1, names);

    private void Enqueue(ChecksumGate gate, long size, params string[] names)
    {
        foreach (var name in names)
        {
            _slices[name] = Channel.CreateUnbounded<HashStep>();
            var entry = _snapshot.Add(_snapshot.Top, name, new FileStatus { Outcome = FileStatusOutcome.Found, ItemType = ItemType.File, Size = size });
            gate.Enqueue(new HashWork(entry, _snapshot, name, pending: null, expected: default, default) { Size = size });
        }
    }

    private void Answer(string name, HashStep step) => _slices[name].Writer.TryWrite(step);

    private Task<string> BegunAsync() => _begun.Reader.ReadAsync(Token).AsTask().WaitAsync(Patience, Token);

    /// <summary>The worker that handed over the last result wakes the pump once more when it has ended.</summary>
    private Task UntilIdleAsync(ChecksumGate gate) => UntilAsync(() => gate.IsIdle);

    private async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await _signal.WaitAsync();
        }
    }

    private async Task<HashWork> TakeAsync(ChecksumGate gate) => (await TakeWithResultAsync(gate)).Work;

    private async Task<(HashWork Work, HashResult Result)> TakeWithResultAsync(ChecksumGate gate)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(Patience);
        while (true)
        {
            if (gate.TryTakeDone(out var work, out var result))
            {
                return (work, result);
            }

            await _signal.WaitAsync();
        }
    }

    /// <summary>A file whose slices the test answers.</summary>
    private sealed class ScriptedRead(Func<ScriptedRead, string, ValueTask<HashStep>> read) : IContentRead
    {
        public bool IsCancelled { get; private set; }

        public bool IsResting { get; private set; }

        public bool IsDisposed { get; private set; }

        public ValueTask<HashStep> ContinueAsync(string root, string relativePath, CancellationToken cancellationToken) => read(this, Path.Join(root, relativePath));

        public void Rest() => IsResting = true;

        public void Cancel() => IsCancelled = true;

        public void Dispose() => IsDisposed = true;
    }
}
