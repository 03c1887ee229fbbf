using FluentAssertions;
using OpenTelemetry.Metrics;
using Xunit;

namespace FileMonitor.Tests.DependencyInjection;

public sealed class FileMonitorOpenTelemetryTests
{
    [Fact]
    public void Metrics_listen_to_the_meter() =>
        new Meters().AddFileMonitorInstrumentation().Should().BeOfType<Meters>().Which.Names.Should().Equal("FileMonitor");

    private sealed class Meters : MeterProviderBuilder
    {
        public List<string> Names { get; } = [];

        public override MeterProviderBuilder AddInstrumentation<TInstrumentation>(Func<TInstrumentation> instrumentationFactory) => this;

        public override MeterProviderBuilder AddMeter(params string[] names)
        {
            Names.AddRange(names);
            return this;
        }
    }
}
