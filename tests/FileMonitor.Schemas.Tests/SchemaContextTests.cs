using FluentAssertions;
using Xunit;

namespace FileMonitor.Schemas.Tests;

public sealed class SchemaContextTests
{
    [Fact]
    public void The_default_is_this_machine_and_this_library()
    {
        var context = SchemaContext.Default;

        context.HostName.Should().Be(Environment.MachineName);
        context.HostId.Should().BeNull();
        (context.Product, context.Vendor, context.CloudEventTypePrefix).Should().Be(("FileMonitor", "FileMonitor", "filemonitor"));
        context.Version.Should().Be(typeof(AuditEvent).Assembly.GetName().Version!.ToString(3));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(null)]
    public void What_is_blank_is_refused(string? text)
    {
        FluentActions.Invoking(() => new SchemaContext { HostName = text! }).Should().Throw<ArgumentException>().WithParameterName("HostName");
        FluentActions.Invoking(() => new SchemaContext { Product = text! }).Should().Throw<ArgumentException>().WithParameterName("Product");
        FluentActions.Invoking(() => new SchemaContext { Vendor = text! }).Should().Throw<ArgumentException>().WithParameterName("Vendor");
        FluentActions.Invoking(() => new SchemaContext { Version = text! }).Should().Throw<ArgumentException>().WithParameterName("Version");
        FluentActions.Invoking(() => new SchemaContext { CloudEventTypePrefix = text! }).Should().Throw<ArgumentException>().WithParameterName("CloudEventTypePrefix");
        if (text is not null)
        {
            FluentActions.Invoking(() => new SchemaContext { HostId = text }).Should().Throw<ArgumentException>().WithParameterName("HostId");
        }
    }

    [Theory]
    [InlineData("org.example/x")]
    [InlineData("größe")]
    public void A_prefix_has_letters_and_digits_of_ASCII(string prefix) =>
        FluentActions.Invoking(() => new SchemaContext { CloudEventTypePrefix = prefix }).Should().Throw<ArgumentException>().WithMessage($"*{prefix}*");
}
