// SPDX-License-Identifier: Apache-2.0
package notas;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.math.BigDecimal;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.config.EnableJpaRepositories;

/** Invoices by Spring Data REST: Notas --server.port=PORT --rows=ROWS. */
@SpringBootApplication
@EnableJpaRepositories(considerNestedRepositories = true)
public class Notas {
    @Entity(name = "notas")
    public static class Nota {
        @Id
        public Long id;
        @Column(precision = 20, scale = 2)
        public BigDecimal valor;
        public Long numero;
    }

    public interface Repository extends JpaRepository<Nota, Long> {
    }

    @Bean
    CommandLineRunner fill(Repository notas,
            @Value("${rows}") long rows) {
        return args -> {
            for (long i = 1; i <= rows; i++) {
                Nota n = new Nota();
                n.id = n.numero = i;
                n.valor = BigDecimal.valueOf(i * 1000003, 2);
                notas.save(n);
            }
        };
    }

    public static void main(String[] args) {
        SpringApplication.run(Notas.class, args);
    }
}
