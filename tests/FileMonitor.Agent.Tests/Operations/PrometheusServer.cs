using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace FileMonitor.Agent.Tests.Operations;

/// <summary>A real Prometheus with our rules, that asks one agent every second. Its files are in a directory of their own.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _place;
    private readonly HttpClient _client;

    private PrometheusServer(Process process, string place, int port)
    {
        _process = process;
        _place = place;
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        // Nobody needs it, but a pipe that nobody reads is full one day.
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public static async Task<PrometheusServer> StartAsync(Uri agent)
    {
        var program = Tool.Require("prometheus");
        var place = Directory.CreateTempSubdirectory("prometheus").FullName;
        var configuration = Path.Join(place, "prometheus.yml");
        await File.WriteAllTextAsync(configuration, $"""
            global: {"{ scrape_interval: 1s, evaluation_interval: 1s }"}
            rule_files: ["{RepositoryFiles.PathOf(RuleFile.Location)}"]
            scrape_configs:
              - job_name: filemonitor
                static_configs:
                  - targets: ["{agent.Host}:{agent.Port}"]
            """);
        var port = FreePort();
        var process = Tool.Start(program, [$"--config.file={configuration}", $"--storage.tsdb.path={Path.Join(place, "data")}", $"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"]);
        return new PrometheusServer(process, place, port);
    }

    /// <summary>The result of an instant query. A query that Prometheus does not understand is an error of the test.</summary>
    public async Task<JsonElement> QueryAsync(string query, CancellationToken cancellationToken) =>
        (await AskAsync($"/api/v1/query?query={Uri.EscapeDataString(query)}", cancellationToken)).GetProperty("result").Clone();

    public async Task<JsonElement> AskAsync(string address, CancellationToken cancellationToken)
    {
        using var answer = await _client.GetAsync(new Uri(address, UriKind.Relative), cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);

        // 503 while it starts; 400 and 422 are about the query.
        return answer.StatusCode switch
        {
            HttpStatusCode.OK => JsonDocument.Parse(text).RootElement.GetProperty("data").Clone(),
            HttpStatusCode.ServiceUnavailable => throw new HttpRequestException(text),
            _ => throw new InvalidDataException($"{Uri.UnescapeDataString(address)}: {text}"),
        };
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        Tool.End(_process);
        _process.Dispose();
        Directory.Delete(_place, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>It cannot be told to take any, and does not say which it took.</summary>
    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
