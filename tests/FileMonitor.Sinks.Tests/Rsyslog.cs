using System.Diagnostics;
using System.Net.Sockets;
using FileMonitor.RabbitMq.Tests.Brokers;
using Xunit;

namespace FileMonitor.Sinks.Tests;

/// <summary>A real rsyslog, which acknowledges what is in its file, and stores each message as its own parser understood it.</summary>
internal sealed class Rsyslog : IDisposable
{
    private const string Program = "/usr/sbin/rsyslogd";

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("filemonitor-rsyslog-");
    private readonly Dictionary<(SyslogTransport, bool), int> _ports = new()
    {
        [(SyslogTransport.Tcp, false)] = Ports.Free(),
        [(SyslogTransport.Tcp, true)] = Ports.Free(),
        [(SyslogTransport.Relp, false)] = Ports.Free(),
        [(SyslogTransport.Relp, true)] = Ports.Free(),
    };

    private Process? _process;

    public Rsyslog()
    {
        TestCertificates.Write(_home.FullName);
        File.WriteAllText(PathOf("rsyslog.conf"), $"""
            global(workDirectory="{_home.FullName}" maxMessageSize="64k" DefaultNetstreamDriverCAFile="{PathOf("ca.pem")}"
                   DefaultNetstreamDriverCertFile="{PathOf("server.pem")}" DefaultNetstreamDriverKeyFile="{PathOf("server.key")}")
            main_queue(queue.type="Direct")
            module(load="imptcp")
            module(load="imtcp" StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
            module(load="imrelp" tls.tlslib="openssl")
            input(type="imptcp" address="127.0.0.1" port="{_ports[(SyslogTransport.Tcp, false)]}")
            input(type="imtcp" address="127.0.0.1" port="{_ports[(SyslogTransport.Tcp, true)]}")
            input(type="imrelp" address="127.0.0.1" port="{_ports[(SyslogTransport.Relp, false)]}" maxDataSize="64k")
            input(type="imrelp" address="127.0.0.1" port="{_ports[(SyslogTransport.Relp, true)]}" maxDataSize="64k" tls="on"
                  tls.caCert="{PathOf("ca.pem")}" tls.myCert="{PathOf("server.pem")}" tls.myPrivKey="{PathOf("server.key")}")
            template(name="parsed" type="string" string="%pri%\t%timestamp:::date-rfc3339%\t%hostname%\t%app-name%\t%procid%\t%msgid%\t%msg%\n")
            action(type="omfile" file="{PathOf("received")}" template="parsed")
            """);
    }

    /// <summary>Skips the test where there is no rsyslog with its modules.</summary>
    public static void Require()
    {
        foreach (var (file, package) in new[] { (Program, "rsyslog"), (Module("imrelp"), "rsyslog-relp"), (Module("lmnsd_ossl"), "rsyslog-openssl") })
        {
            Assert.SkipUnless(File.Exists(file), $"There is no {file}, which the package {package} has.");
        }
    }

    public string PathOf(string name) => Path.Join(_home.FullName, name);

    /// <summary>Options for a connection to this server, whose messages say who sent them.</summary>
    public SyslogSinkOptions Options(SyslogTransport transport, bool usesTls)
    {
        var options = new SyslogSinkOptions { Host = "127.0.0.1", Port = _ports[(transport, usesTls)], Transport = transport, UseTls = usesTls, HostName = "web-1", Timeout = TimeSpan.FromMinutes(1) };
        options.Tls.CaFile = PathOf("ca.pem");
        return options;
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _process = Process.Start(new ProcessStartInfo(Program, ["-n", "-f", PathOf("rsyslog.conf"), "-i", PathOf("pid")]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        foreach (var port in _ports.Values)
        {
            while (!await CanConnectAsync(port, cancellationToken))
            {
                Assert.False(_process.HasExited, "rsyslogd ended.");
                await Task.Yield();
            }
        }
    }

    public async Task KillAsync(CancellationToken cancellationToken)
    {
        _process!.Kill();
        await _process.WaitForExitAsync(cancellationToken);
        _process.Dispose();
        _process = null;
    }

    /// <summary>What it has received, once there are so many lines. Each line is the fields of a message, with tabs between them.</summary>
    public async Task<IReadOnlyList<string[]>> ReceivedAsync(int atLeast, CancellationToken cancellationToken)
    {
        while (true)
        {
            var lines = File.Exists(PathOf("received")) ? await File.ReadAllLinesAsync(PathOf("received"), cancellationToken) : [];
            if (lines.Length >= atLeast)
            {
                return [.. lines.Select(line => line.Split('\t')).Where(fields => fields.Length == 7)];
            }

            await Task.Yield();
        }
    }

    public void Dispose()
    {
        _process?.Kill();
        _process?.WaitForExit();
        _process?.Dispose();
        _home.Delete(recursive: true);
    }

    private static string Module(string name) => $"/usr/lib/{(System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "aarch64" : "x86_64")}-linux-gnu/rsyslog/{name}.so";

    private static async Task<bool> CanConnectAsync(int port, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
