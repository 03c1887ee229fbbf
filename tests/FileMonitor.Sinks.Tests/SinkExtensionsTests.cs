using System.Text;
using System.Text.Json;
using FileMonitor.JsonLines;
using FileMonitor.Testing;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace FileMonitor.Sinks.Tests;

/// <summary>What a host registers, with a tree in memory.</summary>
public sealed class SinkExtensionsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_monitor_sends_its_events_and_names_its_sinks()
    {
        await using var receiver = new HttpReceiver();
        await using var server = new HttpReceiver { Answer = static (_, response) => HttpReceiver.WriteJson(response, """{"errors":false}""") };
        await using var collector = new HttpReceiver();
        var tree = new ScriptedTree();
        var services = new ServiceCollection();
        services.AddFileMonitor(options => options.AddRoot(tree.Root)).UseScriptedTree(tree)
            .AddWebhook(hook => (hook.Uri, hook.GetSecret) = (receiver.Uri, _ => ValueTask.FromResult(Convert.ToBase64String(new byte[32]))), SinkPromise.Required)
            .AddElasticsearch(search => search.Uri = server.Uri, SinkPromise.Required, "search")
            .AddOtlpLogs(otlp => otlp.Uri = collector.Uri, SinkPromise.Required)
            .AddSyslog(syslog => syslog.Host = "localhost");
        await using var provider = services.BuildServiceProvider();
        var monitor = provider.GetRequiredService<FileSystemMonitor>();

        await monitor.StartAsync(Token);
        tree.WriteFile("a", "1");
        await monitor.FlushAsync(Token);

        var sent = receiver.Requests.SelectMany(static one => JsonDocument.Parse(one.Body).RootElement.EnumerateArray()).Select(static one => AuditEventJson.Parse(one.GetRawText())).ToList();

        // That nobody is there for the third may be told, too.
        sent.Where(static one => one.Kind != AuditEventKind.Gap).Select(static one => $"{one.Kind} {one.RelativePath}").Should().Equal("Created a");
        Encoding.UTF8.GetString(server.Requests.First().Body).Should().Contain(sent[0].Id.ToString());
        OtlpProtocol.Read(collector.Requests.First().Body)[0].Attributes["log.record.uid"].Should().Contain(sent[0].Id.ToString());
        monitor.GetHealth().Sinks.Select(sink => sink.Name).Should().BeEquivalentTo("webhook", "search", "otlp", "syslog");
    }

    [Fact]
    public async Task The_container_disposes_what_it_made()
    {
        var handler = new Handler();
        var services = new ServiceCollection();
        services.AddFileMonitor(options => options.AddRoot(Path.GetTempPath()))
            .AddElasticsearch(search => (search.Uri, search.CreateHandler) = (new("https://search.example.com"), () => handler));
        await using (var provider = services.BuildServiceProvider())
        {
            provider.GetRequiredService<FileSystemMonitor>();
            handler.IsDisposed.Should().BeFalse();
        }

        handler.IsDisposed.Should().BeTrue();
    }

    private sealed class Handler : HttpMessageHandler
    {
        public bool IsDisposed { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
