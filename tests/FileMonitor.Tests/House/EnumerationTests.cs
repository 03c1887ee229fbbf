using System.Reflection;
using System.Text.Json;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.House;

/// <summary>
/// Every public enumeration is written by its name, whatever serializer a host uses: a number means something else as soon as a value is put in between. Compiled into the
/// tests of each package, for the packages that stand beside them.
/// </summary>
public sealed class EnumerationTests
{
    public static TheoryData<Type> Enumerations =>
    [
        .. Directory.EnumerateFiles(AppContext.BaseDirectory, "FileMonitor*.dll")
            .Where(file => !file.EndsWith(".Tests.dll", StringComparison.Ordinal))
            .Select(file => Assembly.Load(AssemblyName.GetAssemblyName(file)))
            .SelectMany(assembly => assembly.GetExportedTypes())
            .Where(type => type.IsEnum),
    ];

    [Theory]
    [MemberData(nameof(Enumerations))]
    public void Each_name_is_what_is_written_and_read(Type enumeration)
    {
        ArgumentNullException.ThrowIfNull(enumeration);
        foreach (var value in Enum.GetValues(enumeration))
        {
            var written = JsonSerializer.Serialize(value, enumeration);

            written.Should().Be($"\"{value}\"");
            JsonSerializer.Deserialize(written, enumeration).Should().Be(value);
        }
    }
}
