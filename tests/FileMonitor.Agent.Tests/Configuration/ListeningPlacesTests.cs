using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace FileMonitor.Agent.Tests.Configuration;

public sealed class ListeningPlacesTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    [InlineData("*")]
    [InlineData("0.0.0.0")]
    public void A_port_that_somebody_listens_on_is_taken(string host)
    {
        using var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start();
        var address = BindingAddress.Parse($"http://{host}:{((IPEndPoint)listener.LocalEndpoint).Port}");

        Assert.Equal($"The port is taken: something else listens on {address}. End it, or set Agent:Urls (or --urls) to another address.", ListeningPlaces.FindProblem([BindingAddress.Parse("http://127.0.0.1:0"), address]));
    }

    [Fact]
    public void It_is_free_again_when_nobody_does_and_looking_does_not_take_it()
    {
        int port;
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        var address = BindingAddress.Parse($"http://127.0.0.1:{port}");
        Assert.Null(ListeningPlaces.FindProblem([address]));
        Assert.Null(ListeningPlaces.FindProblem([address]));
    }

    // Of a block that is kept for documents: no machine has it.
    [Fact]
    public void An_address_of_another_machine_is_said_to_be_one() =>
        Assert.StartsWith("http://192.0.2.1:8080 cannot be listened on: this machine does not have the address.", ListeningPlaces.FindProblem([BindingAddress.Parse("http://192.0.2.1:8080")]), StringComparison.Ordinal);

    [Fact]
    public void A_socket_that_is_there_is_in_the_way()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A path has another form there.");
        var path = Path.Join(Path.GetTempPath(), $"{Guid.NewGuid():N}.sock");
        var address = BindingAddress.Parse($"http://unix:{path}");
        Assert.Null(ListeningPlaces.FindProblem([address]));

        File.WriteAllText(path, "");
        Assert.Contains("the socket is there already", ListeningPlaces.FindProblem([address]), StringComparison.Ordinal);
        File.Delete(path);
    }
}
