using System.Net;
using FileMonitor.Agent.Security;

namespace FileMonitor.Agent.Search;

/// <summary>Lets a few search at once, and tells the others to come back: a search reads from the disk and takes a processor. Thread-safe.</summary>
internal sealed class SearchGate(SearchLimits limits) : IDisposable
{
    private readonly SemaphoreSlim _searches = new(limits.Searches);
    private readonly SemaphoreSlim _exports = new(limits.Exports);

    /// <summary>Handles a request that searches, once there is a place for it.</summary>
    public RequestDelegate Search(Func<HttpContext, Task> handle) => context => RunAsync(context, _searches, handle, $"{limits.Searches} searches run already.");

    /// <summary>The same for an export, which may take long and must not keep others from searching.</summary>
    public RequestDelegate Export(Func<HttpContext, Task> handle) => context => RunAsync(context, _exports, handle, $"{limits.Exports} exports run already.");

    public void Dispose()
    {
        _searches.Dispose();
        _exports.Dispose();
    }

    private static async Task RunAsync(HttpContext context, SemaphoreSlim places, Func<HttpContext, Task> handle, string full)
    {
        // Not at once: a page asks for several things at the same time.
        if (!await places.WaitAsync(TimeSpan.FromSeconds(1), context.RequestAborted).ConfigureAwait(false))
        {
            context.Response.Headers.RetryAfter = "2";
            await RequestGate.RefuseAsync(context, HttpStatusCode.ServiceUnavailable, $"{full} Try again in a moment.");
            return;
        }

        try
        {
            await handle(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits any more.
        }
        finally
        {
            places.Release();
        }
    }
}
