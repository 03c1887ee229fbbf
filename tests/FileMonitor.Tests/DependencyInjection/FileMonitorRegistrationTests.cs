using System.Diagnostics.Metrics;
using FileMonitor.Extending;
using FluentAssertions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.DependencyInjection;

public sealed class FileMonitorRegistrationTests
{
    private static readonly string Directory = Path.Combine(Path.GetTempPath(), "never-touched");

    [Fact]
    public void The_unnamed_monitor_is_a_singleton_and_a_named_one_a_keyed_singleton()
    {
        var services = new ServiceCollection();

        services.AddFileMonitor().Name.Should().BeEmpty();
        services.AddFileMonitor("uploads", _ => { }).Name.Should().Be("uploads");

        Monitors(services).Should().Equal((null, ServiceLifetime.Singleton), ("uploads", ServiceLifetime.Singleton));
    }

    [Fact]
    public void An_empty_name_is_the_unnamed_monitor()
    {
        var services = new ServiceCollection();
        services.AddFileMonitor("", _ => { });

        Monitors(services).Should().Equal((null, ServiceLifetime.Singleton));
    }

    [Fact]
    public async Task Each_monitor_is_made_once_and_found_by_its_name()
    {
        var services = new ServiceCollection();
        services.AddFileMonitor(options => options.AddRoot(Directory));
        services.AddFileMonitor("uploads", options => options.AddRoot(Directory));
        await using var provider = services.BuildServiceProvider();

        var unnamed = provider.GetRequiredService<FileSystemMonitor>();
        var named = provider.GetRequiredKeyedService<FileSystemMonitor>("uploads");

        unnamed.Name.Should().BeEmpty();
        named.Name.Should().Be("uploads");
        provider.GetRequiredService<FileSystemMonitor>().Should().BeSameAs(unnamed);
        provider.GetRequiredKeyedService<FileSystemMonitor>("uploads").Should().BeSameAs(named);
    }

    [Fact]
    public async Task Each_call_of_a_handler_has_a_scope_of_its_own()
    {
        var tree = new FileMonitor.Testing.ScriptedTree();
        var scopes = new System.Collections.Concurrent.ConcurrentBag<ScopedHandler>();
        var services = new ServiceCollection();
        services.AddSingleton(scopes);
        services.AddFileMonitor(options =>
            {
                options.AddRoot(tree.Root);
                options.Debounce.QuietPeriod = TimeSpan.FromMilliseconds(1);
            })
            .AddHandler<ScopedHandler>(handler => handler.Name = "scoped")
            .UseFileView(_ => tree.Files)
            .UseSource(_ => tree.Source);
        await using var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateScopes = true });
        var monitor = provider.GetRequiredService<FileSystemMonitor>();
        await monitor.StartAsync(TestContext.Current.CancellationToken);
        tree.WriteFile("a", "1");
        tree.WriteFile("b", "2");
        await monitor.StopAsync(TestContext.Current.CancellationToken);

        monitor.GetHealth().Handlers.Single().Name.Should().Be("scoped");
        scopes.Should().HaveCount(2).And.OnlyHaveUniqueItems().And.OnlyContain(handler => handler.IsDisposed);
    }

    [Fact]
    public async Task A_handler_of_the_container_that_returns_null_has_failed_with_a_sentence_that_says_so()
    {
        var tree = new FileMonitor.Testing.ScriptedTree();
        var services = new ServiceCollection();
        services
            .AddFileMonitor(options =>
            {
                options.AddRoot(tree.Root);
                options.Debounce.QuietPeriod = TimeSpan.FromMilliseconds(1);
            })
            .AddHandler<NullHandler>(handler => handler.Retry.Attempts = 1)
            .UseFileView(_ => tree.Files)
            .UseSource(_ => tree.Source);
        await using var provider = services.BuildServiceProvider();
        var monitor = provider.GetRequiredService<FileSystemMonitor>();
        await monitor.StartAsync(TestContext.Current.CancellationToken);
        tree.WriteFile("a", "1");
        await monitor.StopAsync(TestContext.Current.CancellationToken);

        monitor.DeadLetters.Read("NullHandler").Should().ContainSingle().Which.Error.Should().Be("InvalidOperationException: The handler returned null instead of a task.");
    }

    private sealed class NullHandler : IAuditEventHandler
    {
        public Task HandleAsync(AuditEvent auditEvent, CancellationToken cancellationToken) => null!;
    }

    private sealed class ScopedHandler(System.Collections.Concurrent.ConcurrentBag<ScopedHandler> all) : IAuditEventHandler, IDisposable
    {
        public bool IsDisposed { get; private set; }

        public Task HandleAsync(AuditEvent auditEvent, CancellationToken cancellationToken)
        {
            all.Add(this);
            return Task.CompletedTask;
        }

        public void Dispose() => IsDisposed = true;
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("", false)]
    [InlineData("uploads", true)]
    [InlineData("uploads", false)]
    public async Task The_container_disposes_the_monitor_and_then_its_sinks(string name, bool asynchronously)
    {
        var services = new ServiceCollection();
        services.AddFileMonitor(name, options => options.AddRoot(Directory)).AddSink<DisposableSink>(SinkPromise.Required);
        var provider = services.BuildServiceProvider();
        var monitor = name.Length == 0 ? provider.GetRequiredService<FileSystemMonitor>() : provider.GetRequiredKeyedService<FileSystemMonitor>(name);
        var sink = name.Length == 0 ? provider.GetRequiredService<DisposableSink>() : provider.GetRequiredKeyedService<DisposableSink>(name);
        sink.Monitor = monitor;

        if (asynchronously)
        {
            await provider.DisposeAsync();
        }
        else
        {
            provider.Dispose();
        }

        // Disposed synchronously, the monitor does not wait for its own end; it has begun to stop, which is all that can be had there.
        sink.StateAtDispose.Should().BeOneOf(asynchronously ? [MonitorState.Stopped] : [MonitorState.Stopping, MonitorState.Stopped]);
    }

    [Fact]
    public void Two_calls_with_one_name_configure_one_monitor()
    {
        var services = new ServiceCollection();
        services.AddFileMonitor("uploads", options => options.AddRoot(Directory)).AddSink(_ => new Sink());
        services.AddFileMonitor("uploads", options => options.Queue.Capacity = 7).AddSink(_ => new Sink());
        using var provider = services.BuildServiceProvider();

        Monitors(services).Should().ContainSingle();
        OptionsOf(provider, "uploads").Roots.Should().ContainSingle();
        OptionsOf(provider, "uploads").Queue.Capacity.Should().Be(7);
        FileMonitorParts.CreateComponents(provider, "uploads").Sinks.Should().HaveCount(2);
    }

    [Fact]
    public void Calls_repeated_without_content_change_nothing()
    {
        var services = new ServiceCollection();
        services.AddFileMonitor(options => options.AddRoot(Directory));
        services.AddFileMonitor();
        services.AddFileMonitor();
        using var provider = services.BuildServiceProvider();

        Monitors(services).Should().ContainSingle();
        provider.GetServices<IValidateOptions<FileMonitorOptions>>().Should().ContainSingle();
        OptionsOf(provider, "").Roots.Should().ContainSingle();
    }

    [Fact]
    public void A_monitor_the_host_registered_first_stays()
    {
        var services = new ServiceCollection();
        services.AddSingleton<FileSystemMonitor>(_ => throw new InvalidOperationException("the host's"));
        services.AddFileMonitor();
        using var provider = services.BuildServiceProvider();

        var resolving = () => provider.GetRequiredService<FileSystemMonitor>();
        resolving.Should().Throw<InvalidOperationException>().WithMessage("the host's");
    }

    [Fact]
    public void Monitors_with_different_names_share_nothing()
    {
        var services = new ServiceCollection();
        services.AddFileMonitor("a", options => options.AddRoot(Directory + "a")).AddSink<Sink>();
        services.AddFileMonitor("b", options => options.AddRoot(Directory + "b")).AddSink<Sink>();
        using var provider = services.BuildServiceProvider();

        OptionsOf(provider, "a").Roots.Single().Path.Should().EndWith("a");
        OptionsOf(provider, "b").Roots.Single().Path.Should().EndWith("b");
        SinkOf(provider, "a").Should().NotBeSameAs(SinkOf(provider, "b"));
        SinkOf(provider, "a").Should().BeSameAs(provider.GetRequiredKeyedService<Sink>("a"));
    }

    [Fact]
    public void Everything_wrong_with_the_options_is_in_one_exception()
    {
        var services = new ServiceCollection();
        services.AddFileMonitor("uploads", options => options.Queue.Capacity = options.Checksum.Attempts = 0);
        using var provider = services.BuildServiceProvider();

        var resolving = () => provider.GetRequiredKeyedService<FileSystemMonitor>("uploads");
        resolving.Should().Throw<OptionsValidationException>().Which.Failures.Should().Equal(
            "File monitor \"uploads\": Roots is empty: add at least one directory or file to watch.",
            "File monitor \"uploads\": Checksum.Attempts (0) is out of range: use 1 to 20.",
            "File monitor \"uploads\": Queue.Capacity (0) is out of range: use 1 to 10,000,000.");
    }

    [Fact]
    public void The_unnamed_monitor_has_no_name_in_its_errors()
    {
        var services = new ServiceCollection();
        services.AddFileMonitor();
        using var provider = services.BuildServiceProvider();

        var resolving = () => provider.GetRequiredService<FileSystemMonitor>();
        resolving.Should().Throw<OptionsValidationException>().Which.Failures.Should().Equal("Roots is empty: add at least one directory or file to watch.");
    }

    [Fact]
    public async Task A_host_with_bad_options_does_not_start()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddFileMonitor("uploads", options => options.AddRoot("relative"));
        using var host = builder.Build();

        var starting = () => host.StartAsync(TestContext.Current.CancellationToken);
        await starting.Should().ThrowAsync<OptionsValidationException>().WithMessage("*uploads*relative*not absolute*");
    }

    [Fact]
    public void Clock_logger_and_meter_come_from_the_container()
    {
        var services = new ServiceCollection();
        var clock = new FakeTimeProvider();
        services.AddSingleton<TimeProvider>(clock).AddLogging().AddMetrics();
        services.AddFileMonitor("uploads", _ => { });
        using var provider = services.BuildServiceProvider();

        var components = FileMonitorParts.CreateComponents(provider, "uploads");

        components.Name.Should().Be("uploads");
        components.TimeProvider.Should().BeSameAs(clock);
        components.LoggerFactory.Should().BeSameAs(provider.GetRequiredService<ILoggerFactory>());
        components.MeterFactory.Should().BeSameAs(provider.GetRequiredService<IMeterFactory>());
    }

    [Fact]
    public void Without_them_the_defaults_stay()
    {
        var services = new ServiceCollection();
        services.AddFileMonitor();
        using var provider = services.BuildServiceProvider();

        FileMonitorParts.CreateComponents(provider, "").Should().BeEquivalentTo(new FileMonitorComponents());
    }

    [Fact]
    public void Sinks_keep_order_promise_and_name()
    {
        var services = new ServiceCollection();
        services.AddFileMonitor().AddSink<Sink>(SinkPromise.Required).AddSink(_ => new OtherSink(), name: "second").AddSink(_ => new OtherSink());
        using var provider = services.BuildServiceProvider();

        FileMonitorParts.CreateComponents(provider, "").Sinks.Select(sink => (sink.Name, sink.Promise)).Should().Equal(
            ("Sink", SinkPromise.Required),
            ("second", SinkPromise.BestEffort),
            ("OtherSink", SinkPromise.BestEffort));
    }

    [Fact]
    public void A_sink_type_added_twice_is_one_sink_with_the_later_promise()
    {
        var services = new ServiceCollection();
        services.AddFileMonitor().AddSink<Sink>().AddSink<OtherSink>().AddSink<Sink>(SinkPromise.Required);
        using var provider = services.BuildServiceProvider();

        FileMonitorParts.CreateComponents(provider, "").Sinks.Select(sink => (sink.Name, sink.Promise)).Should().Equal(
            ("Sink", SinkPromise.Required), ("OtherSink", SinkPromise.BestEffort));
    }

    [Fact]
    public void The_unnamed_monitor_uses_the_sink_the_host_registered()
    {
        var sink = new Sink();
        var services = new ServiceCollection();
        services.AddSingleton(sink);
        services.AddFileMonitor().AddSink<Sink>();
        using var provider = services.BuildServiceProvider();

        SinkOf(provider, "").Should().BeSameAs(sink);
    }

    [Fact]
    public void The_last_source_and_the_last_file_view_win()
    {
        var services = new ServiceCollection();
        var view = new NoFiles();
        services.AddFileMonitor().UseSource(_ => throw new InvalidOperationException("the first")).UseFileView(_ => new NoFiles());
        services.AddFileMonitor().UseSource(_ => throw new InvalidOperationException("the last")).UseFileView(_ => view);
        using var provider = services.BuildServiceProvider();

        var components = FileMonitorParts.CreateComponents(provider, "");

        components.FileView.Should().BeSameAs(view);
        components.Source.Should().Throw<InvalidOperationException>("a source is made when the monitor asks, not before").WithMessage("the last");
    }

    [Fact]
    public void Null_is_refused_at_the_call()
    {
        var services = new ServiceCollection();
        var builder = services.AddFileMonitor();
        Action[] calls =
        [
            () => FileMonitorServiceCollectionExtensions.AddFileMonitor(null!),
            () => services.AddFileMonitor((Action<FileMonitorOptions>)null!),
            () => services.AddFileMonitor((IConfiguration)null!),
            () => services.AddFileMonitor(null!, _ => { }),
            () => builder.AddSink(null!),
            () => builder.UseSource(null!),
            () => builder.UseFileView(null!),
        ];

        foreach (var call in calls)
        {
            call.Should().Throw<ArgumentNullException>();
        }
    }

    private static IEnumerable<(object? Key, ServiceLifetime Lifetime)> Monitors(IServiceCollection services) =>
        services.Where(service => service.ServiceType == typeof(FileSystemMonitor)).Select(service => (service.ServiceKey, service.Lifetime));

    private static FileMonitorOptions OptionsOf(IServiceProvider provider, string name) =>
        provider.GetRequiredService<IOptionsMonitor<FileMonitorOptions>>().Get(name);

    private static IAuditEventSink SinkOf(IServiceProvider provider, string name) =>
        FileMonitorParts.CreateComponents(provider, name).Sinks.Single().Sink;

    private class Sink : IAuditEventSink
    {
        public Task WriteAsync(IReadOnlyList<AuditEvent> batch, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class OtherSink : Sink;

    private sealed class DisposableSink : Sink, IDisposable
    {
        public FileSystemMonitor? Monitor { get; set; }

        public MonitorState? StateAtDispose { get; private set; }

        public void Dispose() => StateAtDispose = Monitor?.GetHealth().State;
    }

    private sealed class NoFiles : IFileView
    {
        public FileStatus GetStatus(string root, string relativePath) => default;

        public string? GetLinkTarget(string root, string relativePath, out FileStatus link)
        {
            link = default;
            return null;
        }

        public FileOpening Open(string root, string relativePath) => default;

        public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found) => default;
    }
}
