using FileMonitor.Durable;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace FileMonitor.RabbitMq.Tests;

/// <summary>What is refused before anything starts, and in which words.</summary>
public sealed class RabbitMqOptionsTests : IDisposable
{
    private const string Secret = "hunter2";

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("filemonitor-mq-");

    [Fact]
    public void Endpoints_user_and_password_are_enough()
    {
        var options = Good();

        options.GetErrors().Should().BeEmpty();
        (options.Exchange, options.Queues, options.MaxInFlight, options.VirtualHost, options.Host, options.DeclareTopology).Should().Be(("filemonitor", 4, 256, "/", Environment.MachineName, true));
    }

    [Fact]
    public void Every_error_is_told_at_once()
    {
        var options = new RabbitMqOptions
        {
            VirtualHost = "",
            Exchange = "a b",
            Queues = 0,
            Host = "",
            MaxInFlight = 0,
            ConfirmTimeout = TimeSpan.Zero,
            RetryDelay = TimeSpan.Zero,
            MaxRetryDelay = TimeSpan.FromDays(2),
        };
        options.Tls.CaFile = "/nowhere/ca.pem";
        options.Tls.ClientKeyFile = "/nowhere/key.pem";

        var errors = options.GetErrors();

        string[] names = ["Endpoints", "UserName", "Password", "VirtualHost", "Exchange", "Queues", "Host", "MaxInFlight", "ConfirmTimeout", "RetryDelay", "MaxRetryDelay", "Tls.CaFile", "Tls.ClientKeyFile is set", "Tls.ClientKeyFile:"];
        errors.Should().HaveCount(names.Length);
        names.Should().OnlyContain(name => errors.Any(error => error.Contains(name, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("http://localhost")]
    [InlineData("amqp://")]
    [InlineData("amqp://agent:" + Secret + "@localhost")]
    [InlineData("amqp://localhost/vhost-" + Secret)]
    [InlineData("amqp://localhost?password=" + Secret)]
    [InlineData(null)]
    public void An_endpoint_that_is_none_is_refused_without_its_text(string? endpoint)
    {
        var options = Good();
        options.Endpoints.Add(endpoint!);

        options.GetErrors().Should().ContainSingle().Which.Should().StartWith("Endpoints[1] ").And.NotContain(Secret);
    }

    [Theory]
    [InlineData("amqp://localhost")]
    [InlineData("amqps://mq1.example.com:5671")]
    [InlineData("amqp://[::1]:5672/")]
    public void An_endpoint_is_a_uri_with_a_host(string endpoint)
    {
        var options = Good();
        options.Endpoints.Add(endpoint);

        options.GetErrors().Should().BeEmpty();
    }

    [Fact]
    public void A_password_has_one_origin()
    {
        var options = Good();
        options.GetPassword = _ => ValueTask.FromResult(Secret);

        options.GetErrors().Should().ContainSingle().Which.Should().Contain("both").And.NotContain(Secret);
    }

    [Fact]
    public void A_copy_has_every_option()
    {
        var options = Good();
        foreach (var property in typeof(RabbitMqOptions).GetProperties().Where(property => property.CanWrite))
        {
            property.SetValue(options, property.PropertyType == typeof(string) ? "x" : property.PropertyType == typeof(int) ? 7 : property.PropertyType == typeof(TimeSpan) ? TimeSpan.FromSeconds(7)
                : property.PropertyType == typeof(bool) ? false : new Func<CancellationToken, ValueTask<string>>(_ => ValueTask.FromResult("x")));
        }

        foreach (var property in typeof(RabbitMqTlsOptions).GetProperties())
        {
            property.SetValue(options.Tls, "/x/" + property.Name);
        }

        var copy = options.Copy();

        copy.Endpoints.Should().Equal(options.Endpoints);
        typeof(RabbitMqOptions).GetProperties().Where(property => property.CanWrite).Should().OnlyContain(property => Equals(property.GetValue(copy), property.GetValue(options)));
        Path.GetFileName(copy.Tls.CaFile).Should().Be(nameof(RabbitMqTlsOptions.CaFile));
        Path.GetFileName(copy.Tls.ClientKeyFile).Should().Be(nameof(RabbitMqTlsOptions.ClientKeyFile));
        Path.GetFileName(copy.Tls.ClientCertificateFile).Should().Be(nameof(RabbitMqTlsOptions.ClientCertificateFile));
        Path.GetFileName(copy.Tls.ServerName).Should().Be(nameof(RabbitMqTlsOptions.ServerName));
    }

    [Fact]
    public void Without_durable_state_it_is_refused_in_words()
    {
        var services = new ServiceCollection();
        services.AddFileMonitor(options => options.AddRoot(_home.FullName)).AddRabbitMq(Set);
        using var provider = services.BuildServiceProvider();

        var make = () => provider.GetRequiredService<FileSystemMonitor>();
        var use = () => FileSystemMonitor.Create(options => options.AddRoot(_home.FullName), components => components.UseRabbitMq(Set));

        make.Should().Throw<OptionsValidationException>().WithMessage("*AddDurableState*");
        use.Should().Throw<InvalidOperationException>().WithMessage("*UseDurableState*");
    }

    [Fact]
    public void Wrong_options_are_refused_when_the_monitor_is_made()
    {
        var services = new ServiceCollection();
        services.AddFileMonitor(options => options.AddRoot(_home.FullName)).AddDurableState(state => state.Directory = Path.Join(_home.FullName, "state")).AddRabbitMq(mq => mq.Queues = 0);
        using var provider = services.BuildServiceProvider();

        var make = () => provider.GetRequiredService<FileSystemMonitor>();

        make.Should().Throw<OptionsValidationException>().Which.Failures.Should().HaveCount(4);
    }

    public void Dispose() => _home.Delete(recursive: true);

    private static RabbitMqOptions Good()
    {
        var options = new RabbitMqOptions();
        Set(options);
        return options;
    }

    private static void Set(RabbitMqOptions options)
    {
        options.Endpoints.Add("amqp://localhost");
        (options.UserName, options.Password) = ("agent", Secret);
    }
}
