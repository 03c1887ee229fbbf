using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace FileMonitor.Agent.Tests.Operations;

/// <summary>
/// The agent as a process of its own: meters of one name are one for whoever collects them in a process, so metrics are only those of one
/// agent where there is only one.
/// </summary>
internal sealed partial class AgentProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Process _process;

    private AgentProcess(Process process, Uri address)
    {
        _process = process;
        Address = address;
        Client = new HttpClient { BaseAddress = address };
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    public HttpClient Client { get; }

    /// <param name="settings">Its configuration.</param>
    public static async Task<AgentProcess> StartAsync(IEnumerable<KeyValuePair<string, string>> settings)
    {
        var program = Path.Join(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "FileMonitor.Agent.exe" : "FileMonitor.Agent");
        var process = Tool.Start(program, ["--urls", "http://127.0.0.1:0", .. settings.Select(setting => $"--{setting.Key}={setting.Value}")]);
        var said = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        Uri? address = null;
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                said.TrySetException(new InvalidOperationException("The agent ended before it had started."));
            }
            else if (ListeningLine().Match(line.Data) is { Success: true } listening)
            {
                address = new Uri(listening.Groups[1].Value);
            }
            else if (line.Data.Contains("Application started", StringComparison.Ordinal) && address is not null)
            {
                // Not before: it listens while its monitors still start.
                said.TrySetResult(address);
            }
        };
        process.ErrorDataReceived += (_, line) => TestContext.Current.SendDiagnosticMessage("agent: {0}", line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            return new AgentProcess(process, await said.Task.WaitAsync(Patience, TestContext.Current.CancellationToken));
        }
        catch
        {
            Tool.End(process);
            process.Dispose();
            throw;
        }
    }

    /// <summary>Waits until what <c>/api/status</c> says of the one monitor will do.</summary>
    public Task<JsonElement> UntilAsync(string what, Func<JsonElement, bool> isIt) => Polling.UntilAsync(
        what,
        async token => JsonDocument.Parse(await Client.GetStringAsync(new Uri("/api/status", UriKind.Relative), token)).RootElement.GetProperty("monitors")[0],
        isIt);

    public ValueTask DisposeAsync()
    {
        Client.Dispose();
        Tool.End(_process);
        _process.Dispose();
        return ValueTask.CompletedTask;
    }

    [GeneratedRegex(@"Now listening on: *(http:\S+)")]
    private static partial Regex ListeningLine();
}
