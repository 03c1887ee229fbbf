using FileMonitor.Settling;
using FluentAssertions;

namespace FileMonitor.Tests.Settling;

/// <summary>Waits for the signal on a thread of its own, as the pump does.</summary>
internal static class PumpSignalWait
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Task WaitAsync(this PumpSignal signal) => Task.Factory.StartNew(
        () =>
        {
            var isSet = false;
            for (var began = DateTime.UtcNow; !isSet && DateTime.UtcNow - began < Patience;)
            {
                isSet = signal.Wait(Patience);
            }

            isSet.Should().BeTrue("it was to be set by now");
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);
}
