using FileMonitor.Running;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Running;

public sealed class MonitorLifecycleTests
{
    private readonly MonitorLifecycle _lifecycle = new();
    private readonly List<MonitorState> _left = [];

    [Fact]
    public async Task It_goes_forward_through_its_states()
    {
        _lifecycle.State.Should().Be(MonitorState.Created);
        _lifecycle.BeginStart();
        _lifecycle.State.Should().Be(MonitorState.Starting);
        _lifecycle.TryBecomeRunning().Should().BeTrue();
        _lifecycle.State.Should().Be(MonitorState.Running);
        await _lifecycle.StopOnce(Stop);
        _lifecycle.State.Should().Be(MonitorState.Stopping);
        _lifecycle.BecomeStopped();
        _lifecycle.State.Should().Be(MonitorState.Stopped);
        _left.Should().Equal(MonitorState.Running);
    }

    [Fact]
    public async Task It_starts_once()
    {
        _lifecycle.BeginStart();
        _lifecycle.Invoking(one => one.BeginStart()).Should().Throw<InvalidOperationException>().WithMessage("*Starting*");
        await _lifecycle.StopOnce(Stop);
        _lifecycle.Invoking(one => one.BeginStart()).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public async Task One_that_was_stopped_does_not_start()
    {
        await _lifecycle.StopOnce(Stop);
        _lifecycle.BecomeStopped();
        _lifecycle.Invoking(one => one.BeginStart()).Should().Throw<InvalidOperationException>().WithMessage("*Stopped*");
        _left.Should().Equal(MonitorState.Created);
    }

    [Fact]
    public async Task A_stop_during_the_start_wins()
    {
        _lifecycle.BeginStart();
        await _lifecycle.StopOnce(Stop);
        _lifecycle.TryBecomeRunning().Should().BeFalse();
        _left.Should().Equal(MonitorState.Starting);
    }

    [Fact]
    public async Task Whoever_stops_waits_for_the_same_stop()
    {
        var release = new TaskCompletionSource();
        var stops = 0;
        var stopping = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => new[]
        {
            _lifecycle.StopOnce(_ =>
            {
                Interlocked.Increment(ref stops);
                return release.Task;
            }),
        })));

        stopping.Select(one => one[0]).Distinct().Should().ContainSingle().Which.IsCompleted.Should().BeFalse();
        release.SetResult();
        await stopping[0][0];
        stops.Should().Be(1);
    }

    [Fact]
    public async Task A_fault_stays_through_the_stop_and_the_first_one_counts()
    {
        var first = new IOException("first");
        _lifecycle.BeginStart();
        _lifecycle.BecomeFaulted(first);
        _lifecycle.BecomeFaulted(new IOException("second"));
        await _lifecycle.StopOnce(Stop);
        _lifecycle.BecomeStopped();

        _lifecycle.State.Should().Be(MonitorState.Faulted);
        _lifecycle.Fault.Should().BeSameAs(first);
        _left.Should().Equal(MonitorState.Faulted);
    }

    [Fact]
    public async Task The_stop_runs_on_nobody_elses_thread()
    {
        var gate = new Lock();
        Task stopping;
        lock (gate)
        {
            // Would never end if the stop ran here, or were waited for.
            stopping = _lifecycle.StopOnce(_ =>
            {
                lock (gate)
                {
                    return Task.CompletedTask;
                }
            });
        }

        await stopping.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private Task Stop(MonitorState left)
    {
        _left.Add(left);
        return Task.CompletedTask;
    }
}
