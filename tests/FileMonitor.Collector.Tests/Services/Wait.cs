using Xunit;

namespace FileMonitor.Collector.Tests.Services;

/// <summary>Waits for something that will be so in a moment; a test that would wait for ever fails instead, and says what it waited for.</summary>
internal static class Wait
{
    // Long enough for a machine that is busy with something else.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        try
        {
            while (!await condition())
            {
                await timer.WaitForNextTickAsync(patience.Token);
            }
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            Assert.Fail($"Not within {Patience}: {what}.");
        }
    }

    /// <summary>Waits until a number has reached another one, for as long as it goes on growing.</summary>
    public static async Task WhileProgressAsync(string what, Func<Task<long>> number, long wanted)
    {
        var highest = await number();
        while (highest < wanted)
        {
            var before = highest;
            await UntilAsync(what, async () => (highest = Math.Max(highest, await number())) > before);
        }
    }
}
