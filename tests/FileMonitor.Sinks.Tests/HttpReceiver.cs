using System.Collections.Concurrent;
using System.Net;
using FileMonitor.RabbitMq.Tests.Brokers;

namespace FileMonitor.Sinks.Tests;

/// <summary>A request that was received.</summary>
internal sealed record ReceivedRequest(string Method, string Target, Dictionary<string, string> Headers, byte[] Body);

/// <summary>A receiver of HTTP on this machine. Each request is kept, and answered by what the test says.</summary>
internal sealed class HttpReceiver : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _serving;

    /// <param name="uri">Where to listen, such as where another one listened before. By default on a port that nobody uses.</param>
    public HttpReceiver(Uri? uri = null)
    {
        Uri = uri ?? new Uri(FormattableString.Invariant($"http://127.0.0.1:{Ports.Free()}/"));
        _listener.Prefixes.Add(Uri.AbsoluteUri);
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Uri { get; }

    public ConcurrentQueue<ReceivedRequest> Requests { get; } = new();

    /// <summary>Answers a request. By default with 204.</summary>
    public Action<ReceivedRequest, HttpListenerResponse> Answer { get; set; } = static (_, response) => response.StatusCode = 204;

    public static void WriteJson(HttpListenerResponse response, string json)
    {
        response.ContentType = "application/json";
        response.OutputStream.Write(System.Text.Encoding.UTF8.GetBytes(json));
    }

    public async ValueTask DisposeAsync()
    {
        Stop();
        await _serving;
        _listener.Close();
    }

    /// <summary>Nobody listens any more.</summary>
    public void Stop()
    {
        if (_listener.IsListening)
        {
            _listener.Stop();

            // Otherwise Close listens once more to stop that, and another test may have the port by now.
            _listener.Prefixes.Clear();
        }
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                var request = new ReceivedRequest(
                    context.Request.HttpMethod,
                    context.Request.RawUrl!,
                    context.Request.Headers.AllKeys.ToDictionary(name => name!.ToLowerInvariant(), name => context.Request.Headers[name]!),
                    body.ToArray());
                Requests.Enqueue(request);
                Answer(request, context.Response);
                context.Response.Close();
            }
            catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException or InvalidOperationException)
            {
                // Stopped, or the client went.
            }
        }
    }
}
