using System.Globalization;
using Xunit;

namespace FileMonitor.RabbitMq.Tests.Brokers;

/// <summary>One node with a TLS listener whose certificate is signed by an authority of our own. Where RabbitMQ is not installed, its tests are skipped.</summary>
public sealed class BrokerFixture : IAsyncLifetime
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("filemonitor-mq-");
    private PortMapper? _mapper;
    private Node? _node;

    public int Port => Node.Port;

    public int TlsPort { get; private set; }

    /// <summary>The authority that signed the broker's certificate, as PEM.</summary>
    public string CaFile => Path.Join(_home.FullName, "ca.pem");

    /// <summary>One that did not.</summary>
    public string OtherCaFile => Path.Join(_home.FullName, "other-ca.pem");

    internal Node Node
    {
        get
        {
            Assert.SkipUnless(Brokers.Node.IsHere, "rabbitmq-server is not installed");
            return _node!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (!Brokers.Node.IsHere)
        {
            return;
        }

        TestCertificates.Write(_home.FullName);
        TlsPort = Ports.Free();
        _mapper = PortMapper.Start();
        _node = new Node(
            _home.FullName,
            "fm1",
            _mapper,
            [
                string.Create(CultureInfo.InvariantCulture, $"listeners.ssl.1 = 127.0.0.1:{TlsPort}"),
                $"ssl_options.cacertfile = {CaFile}",
                $"ssl_options.certfile = {Path.Join(_home.FullName, "server.pem")}",
                $"ssl_options.keyfile = {Path.Join(_home.FullName, "server.key")}",
                "ssl_options.verify = verify_none",
            ]);
        await _node.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await (_node?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_mapper?.DisposeAsync() ?? ValueTask.CompletedTask);
        _home.Delete(recursive: true);
    }
}
