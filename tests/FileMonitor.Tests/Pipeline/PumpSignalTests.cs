using FileMonitor.Pipeline;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Pipeline;

public sealed class PumpSignalTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_wakes_one_who_waits_and_one_who_comes_later()
    {
        using var signal = new PumpSignal();
        var waiting = signal.WaitAsync().AsTask();
        waiting.IsCompleted.Should().BeFalse();
        signal.Set();
        await waiting.WaitAsync(Patience, Token);

        signal.Set();
        await signal.WaitAsync().AsTask().WaitAsync(Patience, Token);
    }

    [Fact]
    public async Task Set_twice_it_wakes_once()
    {
        using var signal = new PumpSignal();
        signal.Set();
        signal.Set();
        await signal.WaitAsync();

        signal.WaitAsync().AsTask().IsCompleted.Should().BeFalse();
    }

    [Fact]
    public void Set_after_its_end_it_does_nothing()
    {
        var signal = new PumpSignal();
        signal.Dispose();
        signal.Invoking(one => one.Set()).Should().NotThrow();
    }

    [Fact]
    public async Task No_hand_over_is_missed()
    {
        const int Writers = 3;
        const int Each = 20_000;
        using var signal = new PumpSignal();
        var handedOver = 0;
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(
            () =>
            {
                for (var one = 0; one < Each; one++)
                {
                    Interlocked.Increment(ref handedOver);
                    signal.Set();
                }
            },
            Token)));

        // Sleeps whenever it has seen everything there is; a wake-up that is lost leaves it asleep for ever.
        var reading = Task.Run(
            async () =>
            {
                for (var seen = 0; seen < Writers * Each; seen = Volatile.Read(ref handedOver))
                {
                    await signal.WaitAsync();
                }
            },
            Token);

        await Task.WhenAll(writing, reading).WaitAsync(Patience, Token);
    }
}
