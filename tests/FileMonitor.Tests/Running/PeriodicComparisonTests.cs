using FileMonitor.Running;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Running;

public sealed class PeriodicComparisonTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    private readonly SteppedClock _time = new();
    private int _comparisons;

    [Fact]
    public async Task It_compares_after_each_interval()
    {
        await using var periodic = Start(() => Task.CompletedTask);
        (await _time.PassAsync(_ => true)).Should().Be(Interval);
        (await _time.PassAsync(_ => true)).Should().Be(Interval);
        (await _time.StartedAsync(_ => true)).Should().Be(Interval);

        _comparisons.Should().Be(2);
    }

    [Fact]
    public async Task A_comparison_never_takes_more_than_a_twentieth_of_the_time()
    {
        var took = TimeSpan.FromMinutes(1);
        await using var periodic = Start(() =>
        {
            _time.Advance(took);
            return Task.CompletedTask;
        });
        await _time.PassAsync(_ => true);
        (await _time.PassAsync(_ => true)).Should().Be(20 * took);

        took = TimeSpan.FromSeconds(1);
        await _time.PassAsync(_ => true);
        (await _time.StartedAsync(_ => true)).Should().Be(Interval, "the pause is never shorter than was asked for");
    }

    [Fact]
    public async Task The_next_one_waits_until_the_last_is_done()
    {
        var done = new TaskCompletionSource();
        await using var periodic = Start(() => done.Task);
        await _time.PassAsync(_ => true);
        await UntilComparingAsync();
        _time.Advance(10 * Interval);
        _comparisons.Should().Be(1);

        done.SetResult();
        (await _time.StartedAsync(_ => true)).Should().Be(20 * 10 * Interval);
    }

    [Fact]
    public async Task Never_means_never()
    {
        await using var periodic = new PeriodicComparison(TimeSpan.Zero, Compare, _time);
        periodic.Start();
        _time.Advance(TimeSpan.FromDays(100));

        _comparisons.Should().Be(0);
    }

    [Fact]
    public async Task It_can_be_disposed_at_any_time_and_twice()
    {
        var unstarted = new PeriodicComparison(Interval, Compare, _time);
        await unstarted.DisposeAsync().AsTask().Soon();
        var waiting = Start(() => Task.CompletedTask);
        await _time.StartedAsync(_ => true);
        await waiting.DisposeAsync().AsTask().Soon();
        await waiting.DisposeAsync().AsTask().Soon();
        _comparisons.Should().Be(0);

        var comparing = Start(() => new TaskCompletionSource().Task);
        await _time.PassAsync(_ => true);
        await UntilComparingAsync();
        await comparing.DisposeAsync().AsTask().Soon();
    }

    private async Task UntilComparingAsync()
    {
        while (Volatile.Read(ref _comparisons) == 0)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private Task Compare()
    {
        Interlocked.Increment(ref _comparisons);
        return Task.CompletedTask;
    }

    private PeriodicComparison Start(Func<Task> compare)
    {
        var periodic = new PeriodicComparison(
            Interval,
            () =>
            {
                Interlocked.Increment(ref _comparisons);
                return compare();
            },
            _time);
        periodic.Start();
        return periodic;
    }
}
