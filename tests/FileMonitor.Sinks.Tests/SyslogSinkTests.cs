using System.Net;
using System.Net.Sockets;
using System.Text;
using FileMonitor.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Sinks.Tests;

/// <summary>Syslog, to servers that do what real ones seldom do.</summary>
public sealed class SyslogSinkTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public SyslogSinkTests() => _listener.Start();

    public static TheoryData<AuditEvent, string> Severities => new()
    {
        { FakeAuditEvent.Gap(GapCause.QueueFull), "<108>1 " },
        { FakeAuditEvent.RootLost(), "<108>1 " },
        { FakeAuditEvent.Created("a"), "<110>1 " },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("1 rsp 3 500\n", "*500 instead of 200*")]
    [InlineData("1 rsp 6 200 OK\n2 rsp 9 500 wrong\n", "*500 instead of 200*")]
    [InlineData("1 rsp 6 200 OK\n0 serverclose 0\n", "*closes the connection*")]
    [InlineData("1 rsp 6 200 OK\n7 rsp 6 200 OK\n", "*what was not asked*")]
    [InlineData("1 rsp 6 200 OK+", "*is not RELP*")]
    [InlineData("1 rsp 999999999 ", "*is not RELP*")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n", "*is not RELP*")]
    [InlineData("1 rsp 6 200 OK\n", "*did not answer within*")]
    [InlineData("", "*did not answer within*")]
    public async Task What_a_server_answers_instead_of_an_acknowledgement_fails_the_batch(string answer, string message)
    {
        await using var sink = new SyslogSink(Options(SyslogTransport.Relp, TimeSpan.FromMilliseconds(500)));
        var serving = AcceptAsync(answer);

        var write = () => sink.WriteAsync(SomeEvents.Make(1), Token);

        (await write.Should().ThrowAsync<IOException>()).WithMessage(message);
        (await serving).Dispose();
    }

    [Fact]
    public async Task A_server_that_closed_the_connection_is_noticed_before_the_next_batch()
    {
        await using var sink = new SyslogSink(Options(SyslogTransport.Tcp, TimeSpan.FromMinutes(1)));
        var events = SomeEvents.Make(2);
        using (var first = await WriteAndAcceptAsync(sink, events[0]))
        {
            (await ReadMessageAsync(first)).Should().Contain(events[0].Id.ToString());
        }

        // Its end takes a moment to arrive; until then nothing tells a connection from a closed one.
        while (!sink.IsClosedByPeer)
        {
            await Task.Yield();
        }

        using var second = await WriteAndAcceptAsync(sink, events[1]);

        (await ReadMessageAsync(second)).Should().Contain(events[1].Id.ToString());
    }

    [Fact]
    public async Task A_relp_server_that_closed_an_idle_connection_costs_nothing()
    {
        await using var sink = new SyslogSink(Options(SyslogTransport.Relp, TimeSpan.FromMinutes(1)));
        foreach (var auditEvent in SomeEvents.Make(2))
        {
            var serving = AcceptAsync("1 rsp 6 200 OK\n2 rsp 6 200 OK\n");
            await sink.WriteAsync([auditEvent], Token);
            (await serving).Dispose();
        }
    }

    [Fact]
    public async Task A_stop_ends_a_write_at_once()
    {
        await using var sink = new SyslogSink(Options(SyslogTransport.Relp, TimeSpan.FromMinutes(10)));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var writing = sink.WriteAsync(SomeEvents.Make(1), stop.Token);
        using var server = await _listener.AcceptTcpClientAsync(Token);

        await stop.CancelAsync();

        await FluentActions.Awaiting(() => writing).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public void Wrong_options_are_told_all_at_once()
    {
        var options = new SyslogSinkOptions { Port = 70_000, Facility = 24, HostName = "two words", AppName = "", Timeout = TimeSpan.Zero, Transport = (SyslogTransport)7, WriteMessage = null! };
        options.Tls.CaFile = "/nowhere/ca.pem";

        options.GetErrors().Should().HaveCount(9);
        var make = () => new SyslogSink(options);
        make.Should().Throw<ArgumentException>().WithMessage("*Host is*Port (70000)*Facility*HostName*AppName*/nowhere/ca.pem*");
    }

    [Theory]
    [InlineData(SyslogTransport.Tcp, false, 601)]
    [InlineData(SyslogTransport.Tcp, true, 6514)]
    [InlineData(SyslogTransport.Relp, true, 2514)]
    public void The_port_follows_from_the_transport(SyslogTransport transport, bool usesTls, int port) =>
        new SyslogSinkOptions { Transport = transport, UseTls = usesTls }.PortInUse.Should().Be(port);

    [Theory]
    [MemberData(nameof(Severities))]
    public async Task What_an_operator_must_know_is_a_warning(AuditEvent auditEvent, string beginning)
    {
        await using var sink = new SyslogSink(Options(SyslogTransport.Tcp, TimeSpan.FromMinutes(1)));

        using var server = await WriteAndAcceptAsync(sink, auditEvent);

        (await ReadMessageAsync(server)).Should().StartWith(beginning).And.NotEndWith("\n");
    }

    public void Dispose() => _listener.Dispose();

    private SyslogSinkOptions Options(SyslogTransport transport, TimeSpan timeout) =>
        new() { Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port, Transport = transport, UseTls = false, Timeout = timeout };

    private async Task<TcpClient> AcceptAsync(string answer)
    {
        var client = await _listener.AcceptTcpClientAsync(Token);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer), Token);
        return client;
    }

    private async Task<TcpClient> WriteAndAcceptAsync(SyslogSink sink, AuditEvent auditEvent)
    {
        var accepting = _listener.AcceptTcpClientAsync(Token);
        await sink.WriteAsync([auditEvent], Token);
        return await accepting;
    }

    /// <summary>One message of RFC 6587: its length, a blank, the message.</summary>
    private static async Task<string> ReadMessageAsync(TcpClient client)
    {
        var (length, one) = (0, new byte[1]);
        while (true)
        {
            await client.GetStream().ReadExactlyAsync(one, Token);
            if (one[0] == ' ')
            {
                break;
            }

            length = (length * 10) + (one[0] - '0');
        }

        var message = new byte[length];
        await client.GetStream().ReadExactlyAsync(message, Token);
        return Encoding.UTF8.GetString(message);
    }
}
