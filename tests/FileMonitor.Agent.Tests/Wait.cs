using Xunit;

namespace FileMonitor.Agent.Tests;

/// <summary>Waits for something that will be so in a moment; a test that would wait for ever fails instead.</summary>
internal static class Wait
{
    // Long enough for a machine that is busy with something else.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>The same for what has to be asked for, over HTTP for example.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        while (!await condition())
        {
            patience.Token.ThrowIfCancellationRequested();
        }
    }
}
