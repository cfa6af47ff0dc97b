# SPDX-License-Identifier: Apache-2.0
"""drf.py PORT ROWS: invoices by Django REST framework, with its three
paginators, and by its JSON:API cousin; DELETE and POST move the list."""

import decimal
import socketserver
import sys
import wsgiref.simple_server

import django
from django.conf import settings

PORT, ROWS = int(sys.argv[1]), int(sys.argv[2])
settings.configure(
    SECRET_KEY="x", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.contenttypes", "rest_framework",
                    "rest_framework_json_api"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3",
                           "NAME": "drf.db"}},
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [],
                    "UNAUTHENTICATED_USER": None})
django.setup()

from django.db import connection, models  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import include, path  # noqa: E402
from rest_framework import pagination, renderers, routers  # noqa: E402
from rest_framework import serializers, viewsets  # noqa: E402
from rest_framework_json_api import pagination as ja_pages  # noqa: E402
from rest_framework_json_api import renderers as ja_renderers  # noqa: E402
from rest_framework_json_api import serializers as ja  # noqa: E402


class Nota(models.Model):
    valor = models.DecimalField(max_digits=20, decimal_places=2)

    class Meta:
        app_label = "notas"


def view(name, pages, base=serializers.ModelSerializer,
         renderer=renderers.JSONRenderer):
    class One(base):
        class Meta:
            model = Nota
            fields = ["id", "valor"]

    class View(viewsets.ModelViewSet):
        queryset = Nota.objects.order_by("id")
        serializer_class = One
        pagination_class = pages
        renderer_classes = [renderer]
        resource_name = "notas"
    router.register(name, View, basename=name)


class Numbers(pagination.PageNumberPagination):
    page_size = 40


class Offsets(pagination.LimitOffsetPagination):
    default_limit = 40


class Cursors(pagination.CursorPagination):
    page_size = 40
    ordering = "id"


class JsonApi(ja_pages.JsonApiPageNumberPagination):
    page_size = 40


router = routers.DefaultRouter()
view("page", Numbers)
view("offset", Offsets)
view("cursor", Cursors)
view("jsonapi", JsonApi, ja.ModelSerializer, ja_renderers.JSONRenderer)
urlpatterns = [path("", include(router.urls))]


class Server(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    daemon_threads = True


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *args):
        pass


with connection.schema_editor() as editor:
    editor.create_model(Nota)
Nota.objects.bulk_create(
    Nota(id=i, valor=decimal.Decimal(i * 1000003) / 100)
    for i in range(1, ROWS + 1))
wsgiref.simple_server.make_server("127.0.0.1", PORT, get_wsgi_application(),
                                  Server, Quiet).serve_forever()
