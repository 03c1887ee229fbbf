using FileMonitor.Pipeline;
using FileMonitor.Reconciliation;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Pipeline;

public sealed class ChecksumGateTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly Snapshot Snapshot = new(new MonitoredRoot(0, "/root", "/physical", recursive: true, IgnoreRules.None));

    private readonly PumpSignal _signal = new();
    private readonly CancellationTokenSource _abandon = new();
    private readonly Dictionary<string, TaskCompletionSource<HashResult>> _results = [];
    private readonly Lock _opened = new();
    private readonly List<string> _paths = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _signal.Dispose();
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

        _results["b"].SetResult(new HashResult(ChecksumStatus.Computed));
        (await TakeAsync(gate)).Path.Should().Be("b");
        gate.Launch();
        (gate.Waiting, gate.InUse).Should().Be((0, 2));

        _results["a"].SetResult(new HashResult(ChecksumStatus.Computed));
        _results["c"].SetResult(new HashResult(ChecksumStatus.Vanished));
        await TakeAsync(gate);
        await TakeAsync(gate);
        await UntilIdleAsync(gate);
        gate.InUse.Should().Be(0);
        lock (_opened)
        {
            _paths.Should().BeEquivalentTo(Path.Join("/physical", "a"), Path.Join("/physical", "b"), Path.Join("/physical", "c"));
        }
    }

    [Fact]
    public async Task An_exception_of_the_reader_becomes_a_result()
    {
        using var gate = new ChecksumGate(1, (_, _, _) => throw new InvalidOperationException("a host's view"), _signal, Token);
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
        Enqueue(gate, "a", "b", "c");
        gate.Launch();
        await _abandon.CancelAsync();
        gate.Launch();

        await _signal.WaitAsync().AsTask().WaitAsync(Patience, Token);
        gate.Waiting.Should().Be(0);
        gate.IsIdle.Should().BeFalse("what is being read is still out");
        gate.TryTakeDone(out var second, out var result).Should().BeTrue();
        (second!.Path, result.Status).Should().Be(("b", ChecksumStatus.Abandoned));
        gate.TryTakeDone(out _, out _).Should().BeTrue();

        _results["a"].SetResult(new HashResult(ChecksumStatus.Abandoned));
        await TakeAsync(gate);
        await UntilIdleAsync(gate);
    }

    [Fact]
    public async Task Each_result_wakes_the_pump()
    {
        using var gate = New(permits: 1);
        Enqueue(gate, "a");
        gate.Launch();
        var woken = _signal.WaitAsync().AsTask();
        woken.IsCompleted.Should().BeFalse();

        _results["a"].SetResult(default);
        await woken.WaitAsync(Patience, Token);
        gate.TryTakeDone(out _, out _).Should().BeTrue("the result is there before the signal");
    }

    private ChecksumGate New(int permits) => new(permits, HashAsync, _signal, _abandon.Token);

    private async ValueTask<HashResult> HashAsync(string root, string path, CancellationToken cancellationToken)
    {
        lock (_opened)
        {
            _paths.Add(Path.Join(root, path));
        }

        return await _results[Path.GetFileName(path)].Task;
    }

    private void Enqueue(ChecksumGate gate, params string[] names)
    {
        foreach (var name in names)
        {
            _results[name] = new TaskCompletionSource<HashResult>(TaskCreationOptions.RunContinuationsAsynchronously);
            gate.Enqueue(new HashWork(new SnapshotEntry(name, default), Snapshot, name, pending: null, expected: default, default));
        }
    }

    /// <summary>The worker that handed over the last result wakes the pump once more when it has ended.</summary>
    private async Task UntilIdleAsync(ChecksumGate gate)
    {
        while (!gate.IsIdle)
        {
            await _signal.WaitAsync().AsTask().WaitAsync(Patience, Token);
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

            await _signal.WaitAsync().AsTask().WaitAsync(patience.Token);
        }
    }
}
