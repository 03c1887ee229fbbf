using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using FileMonitor.Agent.Reload;
using Xunit;

namespace FileMonitor.Agent.Tests.Reload;

/// <summary>The real process and the real signal.</summary>
public sealed class ReloadProcessTests : IDisposable
{
    private const string Taken = "The configuration was read again";
    private const string Refused = "The new configuration is not taken over";
    private const string Mistake = "A mistake of the new configuration";

    private readonly string _place = Directory.CreateTempSubdirectory("reload-").FullName;

    public ReloadProcessTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no such signal there.");

    [Fact]
    public async Task Roots_come_and_go_without_a_restart_and_what_waits_for_one_is_said_by_its_key()
    {
        Write(Roots("one", "two"));
        using var agent = Start();
        using var client = new HttpClient { BaseAddress = await agent.AddressAsync() };

        Write(Roots("two", "three"), ", \"Queue\": { \"Capacity\": 1000 }", "\"MaxReaders\": 3");
        agent.HangUp();
        await agent.UntilSaidAsync(Taken);

        Assert.Equal([PathOf("three"), PathOf("two")], await RootsAsync(client));
        Assert.Contains($"{Taken}; roots added: 1, removed: 1, other settings taken over: 0, waiting for the next start: 2", agent.Output, StringComparison.Ordinal);
        Assert.Contains("Agent:MaxReaders has changed and takes effect at the next start", agent.Output, StringComparison.Ordinal);
        Assert.Contains("FileMonitor:Monitors:inbox:Queue:Capacity has changed and takes effect at the next start", agent.Output, StringComparison.Ordinal);
        Assert.Equal(["Agent:MaxReaders", "FileMonitor:Monitors:inbox:Queue:Capacity"], await WaitingAsync(client));

        // A refused configuration takes nothing over, and so lets nothing wait either; a later one may take the change back.
        Write(Roots("two", "three"), ", \"Queue\": { \"Capacity\": 0 }");
        agent.HangUp();
        await agent.UntilSaidAsync(Refused);
        Assert.Equal(["Agent:MaxReaders", "FileMonitor:Monitors:inbox:Queue:Capacity"], await WaitingAsync(client));
        Write(Roots("two", "three"), "", "\"MaxReaders\": 3");
        agent.HangUp();
        await agent.UntilSaidAsync(Taken, times: 2);
        Assert.Equal(["Agent:MaxReaders"], await WaitingAsync(client));
        await EndsAsync(agent);
    }

    [Fact]
    public async Task What_happens_in_a_root_that_was_added_is_told()
    {
        Write(Roots("one"));
        using var agent = Start();
        using var client = new HttpClient { BaseAddress = await agent.AddressAsync() };
        Write(Roots("one", "two"));
        agent.HangUp();
        await agent.UntilSaidAsync(Taken);
        using var events = await client.GetAsync(new Uri("/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(await events.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));

        await File.WriteAllTextAsync(Path.Join(PathOf("two"), "new"), "new", TestContext.Current.CancellationToken);

        string? line;
        do
        {
            line = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
        }
        while (line?.StartsWith("data: ", StringComparison.Ordinal) == false);

        Assert.Contains("\"kind\":\"Created\"", line, StringComparison.Ordinal);
        Assert.Contains($"\"root\":\"{PathOf("two")}\"", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_root_that_cannot_be_added_makes_the_agent_degraded_until_the_configuration_has_it_no_more()
    {
        // The monitor knows a root by what its path led to when it was looked at last; the reload sees that the path leads elsewhere now.
        const string Rarely = ", \"Recovery\": { \"RootCheckInterval\": \"1h\" }";
        Directory.CreateDirectory(PathOf("behind"));
        Directory.CreateDirectory(PathOf("elsewhere"));
        File.CreateSymbolicLink(PathOf("link"), PathOf("behind"));
        Write(Roots("link"), Rarely);
        using var agent = Start();
        using var client = new HttpClient { BaseAddress = await agent.AddressAsync() };
        Assert.Equal("Healthy", (await AskAsync(client, "/healthz/ready")).GetProperty("status").GetString());
        File.Delete(PathOf("link"));
        File.CreateSymbolicLink(PathOf("link"), PathOf("elsewhere"));

        Write(Roots("link", "behind"), Rarely);
        agent.HangUp();
        await agent.UntilSaidAsync(Taken);

        var finding = $"Root '{PathOf("behind")}' of the configuration could not be added to monitor inbox and is not watched: The roots '{PathOf("link")}' and '{PathOf("behind")}' overlap once links are resolved";
        var ready = await AskAsync(client, "/healthz/ready");
        Assert.Equal("Degraded", ready.GetProperty("status").GetString());
        Assert.Contains(finding, ready.GetProperty("description").GetString(), StringComparison.Ordinal);
        var status = await AskAsync(client, "/api/status");
        Assert.Equal("Degraded", status.GetProperty("status").GetString());
        var monitor = status.GetProperty("monitors")[0];
        Assert.Equal("Degraded", monitor.GetProperty("status").GetString());
        Assert.StartsWith(finding, monitor.GetProperty("findings").EnumerateArray().Last().GetString(), StringComparison.Ordinal);
        Assert.Contains(finding, monitor.GetProperty("description").GetString(), StringComparison.Ordinal);

        Write(Roots("link"), Rarely);
        agent.HangUp();
        await agent.UntilSaidAsync(Taken, times: 2);
        Assert.Equal("Healthy", (await AskAsync(client, "/healthz/ready")).GetProperty("status").GetString());
        await EndsAsync(agent);
    }

    [Fact]
    public async Task A_wrong_configuration_is_refused_as_a_whole_with_all_its_mistakes_and_the_old_one_goes_on()
    {
        Write(Roots("one"));
        using var agent = Start();
        using var client = new HttpClient { BaseAddress = await agent.AddressAsync() };

        Write(Roots("two"), ", \"Queue\": { \"Capacity\": 0 }, \"Debounce\": { \"QuietPeriod\": 250 }, \"Ignore\": []", "\"MaxReader\": 3, \"AllowedHosts\": [ \"*\" ]");
        agent.HangUp();
        await agent.UntilSaidAsync(Mistake, times: 5);

        Assert.Equal([PathOf("one")], await RootsAsync(client));
        Assert.True(agent.Output.IndexOf(Refused, StringComparison.Ordinal) < agent.Output.IndexOf(Mistake, StringComparison.Ordinal), "The mistakes stand below the sentence that they explain.");
        foreach (var wrong in new[] { "Agent:MaxReader is no setting. Did you mean `MaxReaders`?", "FileMonitor:Monitors:inbox:Debounce:QuietPeriod (250) is no duration", "FileMonitor:Monitors:inbox:Ignore is no option.", "Queue.Capacity (0) is out of range", "Agent:AllowedHosts (*) is no name of a host" })
        {
            Assert.Contains(wrong, agent.Output, StringComparison.Ordinal);
        }

        Assert.Contains($"{Refused}, and the agent goes on with the one it has; mistakes: 5", agent.Output, StringComparison.Ordinal);

        await IsRefusedAsync(client, mistakes: 5);

        await File.WriteAllTextAsync(PathOf("agent.json"), "{ \"Agent\": [ }", TestContext.Current.CancellationToken);
        agent.HangUp();
        await agent.UntilSaidAsync(Refused, times: 2);
        File.Delete(PathOf("agent.json"));
        agent.HangUp();
        await agent.UntilSaidAsync(Refused, times: 3);
        Assert.Equal([PathOf("one")], await RootsAsync(client));

        // And a right one is taken after all.
        Write(Roots("two"));
        agent.HangUp();
        await agent.UntilSaidAsync(Taken);
        Assert.Equal([PathOf("two")], await RootsAsync(client));
        await IsRefusedAsync(client, mistakes: 0);
        Assert.DoesNotContain("   at ", agent.Output, StringComparison.Ordinal);
        await EndsAsync(agent);
    }

    [Fact]
    public async Task Token_names_and_levels_are_taken_over_and_the_token_is_not_told()
    {
        const string First = "0123456789abcdef", Second = "fedcba9876543210";
        await File.WriteAllTextAsync(PathOf("token"), First, TestContext.Current.CancellationToken);
        var access = $"\"BearerTokenFile\": \"{PathOf("token")}\"";
        Write(Roots("one"), agent: access);
        using var agent = Start();
        using var client = new HttpClient { BaseAddress = await agent.AddressAsync() };
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, First));

        await File.WriteAllTextAsync(PathOf("token"), Second, TestContext.Current.CancellationToken);
        Write(Roots("one"), agent: access + ", \"AllowedHosts\": [ \"files.example\" ]", logging: "Debug");
        agent.HangUp();
        await agent.UntilSaidAsync(Taken);

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client, First));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, Second, "files.example"));
        Assert.Contains("Logging:LogLevel:FileMonitor has changed and is in effect", agent.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(First, agent.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Second, agent.Output, StringComparison.Ordinal);

        // Who may ask goes with where it listens: no token, but for another address.
        Write(Roots("one"), agent: "\"Urls\": \"http://127.0.0.2:0\"");
        agent.HangUp();
        await agent.UntilSaidAsync(Taken, times: 2);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client, First));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, Second, "files.example"));
        Assert.Contains("Agent:BearerTokenFile has changed and takes effect at the next start", agent.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Systemd_is_told_that_it_reloads_and_that_it_is_done()
    {
        Write(Roots("one"));
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(PathOf("notify")));
        using var agent = AgentProcess.Start(["--config", PathOf("agent.json")], new Dictionary<string, string> { ["NOTIFY_SOCKET"] = PathOf("notify") });
        await agent.AddressAsync();

        // A refused one is over, too: otherwise systemd would wait for it.
        Write(Roots("one"), ", \"Nonsense\": 1");
        agent.HangUp();

        Assert.Matches("^RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]+$", await ReceiveAsync(socket));
        Assert.Equal("READY=1", await ReceiveAsync(socket));

        // That nobody hears it is no reason to end.
        File.Delete(PathOf("notify"));
        Write(Roots("one"));
        agent.HangUp();
        await agent.UntilSaidAsync(Taken);
    }

    [Fact]
    public async Task A_signal_that_comes_while_it_starts_does_not_end_it()
    {
        Write(Roots("one"));
        using var agent = Start();

        // Its first words come before it has started; from before them on it holds the signal off.
        await agent.UntilSaidAsync("Now listening on");
        agent.HangUp();
        await agent.AddressAsync();
        await agent.UntilSaidAsync(Taken);
        await EndsAsync(agent);
    }

    // What a method names is loaded before its first line, and a hang-up ends the process until the signal is taken.
    [Fact]
    public void Nothing_is_loaded_before_the_signal_is_taken()
    {
        var main = typeof(ReloadRequests).Assembly.EntryPoint!.DeclaringType!.GetMethods(BindingFlags.Static | BindingFlags.NonPublic)
            .Select(method => method.GetCustomAttribute<AsyncStateMachineAttribute>()?.StateMachineType).OfType<Type>().Single();

        var fields = main.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Select(field => field.FieldType.Assembly).Distinct();

        Assert.Equal([typeof(object).Assembly, typeof(ReloadRequests).Assembly], fields.OrderBy(one => one != typeof(object).Assembly));
        Assert.DoesNotContain(main.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic), field => field.FieldType == typeof(AgentCommandLine));
    }

    /// <summary>The metrics when they match. The exporter gives the same answer again for 300 ms, so the first one may be that of a moment before.</summary>
    private static async Task<string> MetricsAsync(HttpClient client, string pattern)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(1));
        string metrics;
        do
        {
            metrics = await client.GetStringAsync(new Uri("/metrics", UriKind.Relative), patience.Token);
        }
        while (!Regex.IsMatch(metrics, pattern));

        return metrics;
    }

    /// <summary>What the agent says of the configuration on disk, besides the log.</summary>
    private static async Task IsRefusedAsync(HttpClient client, int mistakes)
    {
        var words = $" and the one before is in use: it has {mistakes} mistake";
        using var status = JsonDocument.Parse(await client.GetStringAsync(new Uri("/api/status", UriKind.Relative), TestContext.Current.CancellationToken));
        using var ready = JsonDocument.Parse(await client.GetStringAsync(new Uri("/healthz/ready", UriKind.Relative), TestContext.Current.CancellationToken));
        var metrics = await MetricsAsync(client, $"\nfilemonitor_agent_configuration_refused\\{{[^\n]*\\}} {(mistakes > 0 ? 1 : 0)}\n");
        var refused = status.RootElement.GetProperty("agent").GetProperty("refusedConfiguration");

        Assert.Matches($"\nfilemonitor_agent_configuration_refused\\{{[^\n]*\\}} {(mistakes > 0 ? 1 : 0)}\n", metrics);
        Assert.Equal(mistakes > 0 ? "Degraded" : "Healthy", status.RootElement.GetProperty("status").GetString());
        Assert.Equal(mistakes > 0 ? "Degraded" : "Healthy", ready.RootElement.GetProperty("status").GetString());
        Assert.Equal(mistakes > 0, ready.RootElement.GetProperty("description").GetString()!.Contains(words, StringComparison.Ordinal));
        Assert.Equal(mistakes, refused.ValueKind == JsonValueKind.Null ? 0 : refused.GetProperty("mistakes").GetInt32());
        Assert.Equal(mistakes > 0, refused.ValueKind != JsonValueKind.Null && refused.GetProperty("description").GetString()!.Contains(words, StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(_place, recursive: true);

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var buffer = new byte[256];
        return Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, deadline.Token));
    }

    private static async Task EndsAsync(AgentProcess agent)
    {
        agent.Terminate();
        Assert.Equal(0, await agent.EndAsync());
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string token, string host = "localhost")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/status");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.Host = host;
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private static async Task<IEnumerable<string>> RootsAsync(HttpClient client)
    {
        var status = await AskAsync(client, "/api/status");
        return status.GetProperty("monitors")[0].GetProperty("roots").EnumerateArray().Select(root => root.GetProperty("path").GetString()!).Order(StringComparer.Ordinal);
    }

    private static async Task<IEnumerable<string>> WaitingAsync(HttpClient client) =>
        (await AskAsync(client, "/api/status")).GetProperty("agent").GetProperty("waitingSettings").EnumerateArray().Select(key => key.GetString()!);

    private static async Task<JsonElement> AskAsync(HttpClient client, string path) =>
        JsonDocument.Parse(await client.GetStringAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken)).RootElement;

    private AgentProcess Start() => AgentProcess.Start(["--config", PathOf("agent.json")]);

    private string PathOf(string name) => Path.Join(_place, name);

    private string Roots(params string[] names) =>
        string.Join(", ", names.Select(name => $"{{ \"Path\": \"{Directory.CreateDirectory(PathOf(name)).FullName}\", \"Debounce\": {{ \"QuietPeriod\": \"20ms\" }} }}"));

    private void Write(string roots, string options = "", string agent = "", string logging = "Information")
    {
        var urls = agent.Contains("Urls", StringComparison.Ordinal) ? "" : "\"Urls\": \"http://127.0.0.1:0\"";
        File.WriteAllText(PathOf("agent.json"), $$"""
            {
              "FileMonitor": { "Monitors": { "inbox": { "Roots": [ {{roots}} ]{{options}} } } },
              "Agent": { {{string.Join(", ", new[] { urls, agent }.Where(part => part.Length > 0))}} },
              "Logging": { "LogLevel": { "FileMonitor": "{{logging}}" } }
            }
            """);
    }
}
