using System.Globalization;
using FileMonitor.JsonLines;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Sinks.Tests;

/// <summary>Syslog, to a real rsyslog.</summary>
public sealed class SyslogServerTests : IDisposable
{
    private readonly Rsyslog _server = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(SyslogTransport.Tcp, false)]
    [InlineData(SyslogTransport.Tcp, true)]
    [InlineData(SyslogTransport.Relp, false)]
    [InlineData(SyslogTransport.Relp, true)]
    public async Task Each_event_is_a_message_that_the_server_understands(SyslogTransport transport, bool usesTls)
    {
        Rsyslog.Require();
        await _server.StartAsync(Token);
        await using var sink = new SyslogSink(_server.Options(transport, usesTls));
        var events = SomeEvents.Make(600);

        await sink.WriteAsync([.. events.Take(500)], Token);
        await sink.WriteAsync([.. events.Skip(500)], Token);

        var received = await _server.ReceivedAsync(events.Count, Token);
        received.Select(one => AuditEventJson.Parse(one[6]).Id).Should().Equal(events.Select(one => one.Id));
        var (first, fields) = (events[0], received[0]);
        fields[0].Should().Be("110", "that is log audit, informational");
        DateTimeOffset.Parse(fields[1], CultureInfo.InvariantCulture).Should().BeCloseTo(first.EmittedAt, TimeSpan.FromMicroseconds(1));
        fields[2..6].Should().Equal("web-1", "filemonitor", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), "Created");
        AuditEventJson.Parse(fields[6]).Should().BeEquivalentTo(first);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Relp_loses_nothing_when_the_server_is_killed(bool usesTls)
    {
        Rsyslog.Require();
        await _server.StartAsync(Token);
        await using var sink = new SyslogSink(_server.Options(SyslogTransport.Relp, usesTls));
        var events = SomeEvents.Make(4000);
        var sending = Task.Run(
            async () =>
            {
                foreach (var batch in events.Chunk(250))
                {
                    // As a monitor does: again until it is taken.
                    while (!await IsTakenAsync(sink, batch))
                    {
                        await Task.Yield();
                    }
                }
            },
            Token);
        foreach (var kill in new[] { 300, 1500, 2700 })
        {
            await _server.ReceivedAsync(kill, Token);
            await _server.KillAsync(Token);
            await _server.StartAsync(Token);
        }

        await sending;

        var received = (await _server.ReceivedAsync(events.Count, Token)).Select(one => IdOf(one[6])).Where(id => id is not null).Distinct();
        received.Should().Equal(events.Select(one => (Guid?)one.Id), "each is there, the first time in order");
    }

    [Theory]
    [InlineData("ca.pem", "other.example.com")]
    [InlineData("other-ca.pem", null)]
    public async Task A_server_that_is_not_who_it_should_be_gets_nothing(string authorities, string? name)
    {
        Rsyslog.Require();
        await _server.StartAsync(Token);
        var options = _server.Options(SyslogTransport.Relp, usesTls: true);
        (options.Tls.CaFile, options.Tls.ServerName) = (_server.PathOf(authorities), name);
        await using var sink = new SyslogSink(options);

        var write = () => sink.WriteAsync(SomeEvents.Make(1), Token);

        (await write.Should().ThrowAsync<IOException>()).WithMessage("*certificate*");
        File.Exists(_server.PathOf("received")).Should().BeFalse();
    }

    public void Dispose() => _server.Dispose();

    private static async Task<bool> IsTakenAsync(SyslogSink sink, IReadOnlyList<AuditEvent> batch)
    {
        try
        {
            await sink.WriteAsync(batch, Token);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>A line that was being written when the server was killed is none.</summary>
    private static Guid? IdOf(string text)
    {
        try
        {
            return AuditEventJson.Parse(text).Id;
        }
        catch (Exception cut) when (cut is FormatException or System.Text.Json.JsonException)
        {
            return null;
        }
    }
}
