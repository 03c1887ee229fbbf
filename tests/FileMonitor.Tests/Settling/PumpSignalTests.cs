using FileMonitor.Settling;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Settling;

public sealed class PumpSignalTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_wakes_one_who_waits_and_one_who_comes_later()
    {
        var signal = new PumpSignal();
        var waiting = signal.WaitAsync();
        waiting.IsCompleted.Should().BeFalse();
        signal.Set();
        await waiting.WaitAsync(Patience, Token);

        signal.Set();
        signal.Wait(TimeSpan.Zero).Should().BeTrue("it is set already");
    }

    [Fact]
    public void Set_twice_it_wakes_once()
    {
        var signal = new PumpSignal();
        signal.Set();
        signal.Set();

        signal.Wait(TimeSpan.Zero).Should().BeTrue();
        signal.Wait(TimeSpan.Zero).Should().BeFalse();
    }

    [Fact]
    public void A_result_wakes_and_those_that_follow_are_taken_together()
    {
        var signal = new PumpSignal();
        signal.SetForResult();
        signal.SetForResult();

        signal.Wait(Timeout.InfiniteTimeSpan).Should().BeTrue();
        signal.Wait(TimeSpan.Zero).Should().BeFalse("both were taken");
        signal.SetForResult();
        signal.Wait(Timeout.InfiniteTimeSpan).Should().BeTrue();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_hand_over_is_missed(bool isForResults)
    {
        const int Writers = 3;
        const int Each = 20_000;
        var signal = new PumpSignal();
        var handedOver = 0;
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(
            () =>
            {
                for (var one = 0; one < Each; one++)
                {
                    Interlocked.Increment(ref handedOver);
                    if (isForResults)
                    {
                        signal.SetForResult();
                    }
                    else
                    {
                        signal.Set();
                    }
                }
            },
            Token)));

        // Sleeps whenever it has seen everything there is; a wake-up that is lost leaves it asleep for ever.
        var reading = Task.Run(
            () =>
            {
                for (var seen = 0; seen < Writers * Each; seen = Volatile.Read(ref handedOver))
                {
                    signal.Wait(Timeout.InfiniteTimeSpan);
                }
            },
            Token);

        await Task.WhenAll(writing, reading).WaitAsync(Patience, Token);
    }
}
