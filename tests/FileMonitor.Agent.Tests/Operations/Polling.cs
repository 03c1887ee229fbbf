using Xunit;

namespace FileMonitor.Agent.Tests.Operations;

/// <summary>Asks another process, which has no other way to say when, until the answer is the one that is waited for.</summary>
internal static class Polling
{
    // Longer than anything here takes on a loaded machine; a test that passes never comes near.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    /// <summary>The first answer that will do.</summary>
    /// <param name="what">What is waited for, for the message when it does not come.</param>
    /// <param name="ask">Asks once. An <see cref="HttpRequestException"/> is an answer that will not do: it is not there yet.</param>
    /// <param name="isIt">Whether the answer will do.</param>
    public static async Task<T> UntilAsync<T>(string what, Func<CancellationToken, Task<T>> ask, Func<T, bool> isIt)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        using var again = new PeriodicTimer(Pause);
        object? last = null;
        try
        {
            while (true)
            {
                try
                {
                    var answer = await ask(patience.Token);
                    if (isIt(answer))
                    {
                        return answer;
                    }

                    last = answer;
                }
                catch (HttpRequestException notYet)
                {
                    last = notYet.Message;
                }

                await again.WaitForNextTickAsync(patience.Token);
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{what}: not within {Patience}. The last answer: {last}");
            throw;
        }
    }
}
